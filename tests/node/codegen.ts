import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: "documents/**/*.graphql",
  generates: {
    "generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        avoidOptionals: { field: true },
        enumsAsTypes: true,
        strictScalars: true,
        scalars: {
          Color: "string",
          DateTime: "string",
          JSON: "unknown",
          Long: "number",
          URL: "string",
          Upload: "File",
        },
      },
    },
  },
};

export default config;
