// What a strict front end asks of a GraphQL schema, and of the operations it writes against it.
import { fileURLToPath } from "node:url";

import graphql from "@graphql-eslint/eslint-plugin";

const { "schema-recommended": schema, "schema-relay": relay, "operations-recommended": operations } = graphql.configs;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const parserOptions = {
  graphQLConfig: { schema: here("../../schema.graphql"), documents: here("documents/*.graphql") },
};

// Exception 1: value types have no identity of their own, and payloads live for one answer.
const valueTypes = [
  "BatchCost",
  "BatchEvent",
  "BatchPreview",
  "BatchSample",
  "Camera",
  "ExistingImage",
  "Exposure",
  "FocalPoint",
  "GeoLocation",
  "ImageEvent",
  "ImageFacet",
  "ImageFacetValue",
  "ImageFailure",
  "ImageHighlight",
  "ImageMetadata",
  "ImageVersion",
  "MultipartPut",
  "OutputSize",
  "PageInfo",
  "Picture",
  "PictureSource",
  "Placeholder",
  "RequestHeader",
  "Server",
  "ServerLimits",
  "SimilarImage",
  "SinglePut",
  "SourceSet",
  "SourceSetItem",
  "TransformPlan",
  "UpkeepRun",
  "UpkeepTask",
  "UploadPart",
  "UploadResult",
  "UserError",
  "Viewer",
];

export default [
  {
    files: ["**/schema.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...schema.rules,
      ...relay.rules,
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
        },
      ],
      "@graphql-eslint/strict-id-in-types": [
        "error",
        { exceptions: { types: valueTypes, suffixes: ["Payload", "Connection", "Edge"] } },
      ],
      // Exception 2: lists of plain values (tags, widths, errors) are not pages and need no edges.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
    },
  },
  {
    files: ["**/documents/*.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions },
    plugins: { "@graphql-eslint": graphql },
    rules: operations.rules,
  },
];
