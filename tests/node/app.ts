// A page that uses the typed documents: it compiles only when they say what the schema says.
import type { ResultOf, VariablesOf } from "@graphql-typed-document-node/core";
import { GalleryDocument, RenameDocument, UploadDocument, WatchDocument } from "./generated/graphql";

type Gallery = ResultOf<typeof GalleryDocument>;

export function sources(gallery: Gallery): string[] {
  return gallery.images.edges.map((edge) => edge.node.srcset.src);
}

export const firstPage: VariablesOf<typeof GalleryDocument> = { first: 20, filter: { tagsAny: ["sea"] } };

export const untitled: VariablesOf<typeof RenameDocument> = { id: "SW1hZ2U6", title: null };

export function upload(file: File): VariablesOf<typeof UploadDocument> {
  return { input: { files: [{ file, visibility: "PUBLIC" }] } };
}

export function refusals(result: ResultOf<typeof RenameDocument>): string[] {
  return result.updateImages.userErrors.map((error) => `${error.code}: ${error.message}`);
}

export function gone(event: ResultOf<typeof WatchDocument>["imageEvents"]): string | null {
  return event.kind === "REMOVED" ? event.imageId : null;
}
