// Uppy uploads pictures straight into the store behind the server, S3 or a folder, large ones in parts.
//
// @uppy/aws-s3 asks for a signed URL for each request that it makes. Those to PUT bytes to are told by prepareUploads.
// The others (which parts are there, complete, abort) are not the browser's to make here: their answers are written
// into data: URLs, so the page's Content-Security-Policy, if it has one, has to allow `connect-src data:`.

import AwsS3, { type AwsBody } from "@uppy/aws-s3";
import type { Meta, Uppy, UppyFile } from "@uppy/core";
import { createSHA256 } from "hash-wasm";

const MOST_FILES = 25; // at once: 100 are allowed, of 10 000 parts together
const LOOK_EVERY_MS = 1_000;
const RENEW_MS = 60_000;

const PREPARE = `mutation Prepare($files: [StagedFile!]!) {
  prepareUploads(input: { files: $files }) {
    plans {
      __typename
      ... on ExistingImage { image { id } }
      ... on SinglePut { upload { id } expiresAt url headers { name value } }
      ... on MultipartPut {
        upload { id } expiresAt partBytes partCount parts { number url headers { name value } }
      }
    }
    userErrors { message field }
  }
}`;
const COMPLETE = `mutation Complete($ids: [ID!]!) {
  completeUploads(input: { ids: $ids }) { uploads { id } userErrors { message itemId } }
}`;
const ABORT = `mutation Abort($ids: [ID!]!) { abortUploads(input: { ids: $ids }) { uploads { id } } }`;
const LOOK = `query Look($ids: [ID!]!) {
  nodes(ids: $ids) { ... on ImageUpload { id state failure { message } image { id } } }
}`;

export interface ImageBody extends AwsBody {
  /** The id of the image that the file has become. */
  imageId: string;
}

type File = UppyFile<Meta, ImageBody>;
type Place = { url: string; headers: { name: string; value: string }[] };
type Upload = { upload: { id: string }; expiresAt: string };
type SinglePut = Upload & Place & { __typename: "SinglePut" };
type MultipartPut = Upload & { partBytes: number; partCount: number; parts: (Place & { number: number })[] } & {
  __typename: "MultipartPut";
};
type ExistingImage = { __typename: "ExistingImage"; image: { id: string } };
type Plan = SinglePut | MultipartPut;
type Announced = { filename: string; sizeBytes: number; contentType: string; sha256: string };
type UserError = { message: string; field?: string[]; itemId?: string };
type Looked = { state: string; failure: { message: string } | null; image: { id: string } | null };
type Ask = <Answer>(query: string, variables: object) => Promise<Answer>;

/** Makes Uppy upload to the server. When it is done, `file.response.body.imageId` of each file is its image. */
export function uploadToImaging(uppy: Uppy<Meta, ImageBody>, { server, token }: { server: string; token: string }) {
  const ask = asking(server, token);
  const plans = new Map<string, { plan: Plan; announced: Announced }>(); // by the upload's id, which is Uppy's key
  const uploadIds = new Map<string, string>(); // by the file's id
  const partBytes = new Map<number, number>(); // by the file's size, of which it is a function

  uppy.addPreProcessor(async (ids) => {
    const files = uppy.getFilesByIds(ids).filter((file) => !file.isRemote && !file.progress.uploadComplete);
    for (const some of chunks(files)) await prepare(some);
  });
  uppy.use(AwsS3<Meta, ImageBody>, {
    shouldUseMultipart: (file) => planOf(file)?.__typename === "MultipartPut",
    getChunkSize: ({ size }) => partBytes.get(size) ?? size,
    generateObjectKey: (file) => uploadIds.get(file.id) ?? file.id,
    signRequest: async (request) => {
      const plan = await freshPlan(request.key);
      if (request.method === "PUT") return signed(plan, "partNumber" in request ? request.partNumber : 0);
      return answered(request.method === "GET" ? present(plan) : finished(plan));
    },
  });
  uppy.addPostProcessor(async (ids) => {
    const sent = uppy.getFilesByIds(ids).filter((file) => !file.error && uploadIds.has(file.id));
    for (const some of chunks(sent)) await complete(some);
  });
  uppy.on("file-removed", async (file) => {
    const id = uploadIds.get(file.id);
    if (id && uploadIds.delete(file.id)) await ask(ABORT, { ids: [id] }).catch((error) => uppy.log(error, "warning"));
  });

  async function prepare(files: File[]) {
    const announced: Announced[] = [];
    for (const file of files) {
      uppy.emit("preprocess-progress", file, { mode: "indeterminate", message: "Hashing" });
      announced.push(await announce(file));
    }
    const told = await prepared(announced);
    files.forEach((file, index) => {
      const plan = told.plans[index];
      uppy.emit("preprocess-complete", file);
      if (!plan) failed(file, told.userErrors.find((error) => error.field?.[2] === `${index}`) ?? told.userErrors[0]);
      else if (plan.__typename === "ExistingImage") done(file, plan.image.id);
      else keep(file, plan, announced[index]!);
    });
  }

  function keep(file: File, plan: Plan, announced: Announced) {
    const id = plan.upload.id;
    plans.set(id, { plan, announced });
    uploadIds.set(file.id, id);
    if (plan.__typename !== "MultipartPut") return;
    partBytes.set(announced.sizeBytes, plan.partBytes);
    // To Uppy it has begun already: it asks which parts are there, and sends the others.
    uppy.setFileState(file.id, { s3Multipart: { uploadId: id, key: id } } as Partial<File>);
  }

  async function complete(files: File[]) {
    const ids = files.map((file) => uploadIds.get(file.id)!);
    const told = await ask<{ completeUploads: { userErrors: UserError[] } }>(COMPLETE, { ids });
    const errors = new Map(told.completeUploads.userErrors.map((error) => [error.itemId, error]));
    const waiting = new Map<File, string>();
    files.forEach((file, index) => {
      const error = errors.get(ids[index]);
      if (error) failed(file, error);
      else waiting.set(file, ids[index]!);
    });
    while (waiting.size) await look(waiting);
  }

  async function look(waiting: Map<File, string>) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const { nodes } = await ask<{ nodes: (Looked | null)[] }>(LOOK, { ids: [...waiting.values()] });
    [...waiting.keys()].forEach((file, index) => {
      const { state, failure, image } = nodes[index] ?? { state: "GONE", failure: null, image: null };
      if (state === "QUEUED" || state === "PROCESSING") return;
      if (image) done(file, image.id);
      else failed(file, failure ?? { message: `The upload is ${state}` });
      waiting.delete(file);
    });
  }

  function done(file: File, imageId: string) {
    forget(file);
    uppy.emit("upload-success", file, { status: 200, body: { imageId, location: "", key: "" } });
    uppy.emit("postprocess-complete", uppy.getFile(file.id));
  }

  function failed(file: File, error: UserError = { message: "It was refused" }) {
    forget(file);
    const { progress } = uppy.getFile(file.id);
    uppy.setFileState(file.id, { progress: { ...progress, uploadComplete: false } } as Partial<File>);
    uppy.emit("upload-error", uppy.getFile(file.id), { name: "ImagingError", message: error.message });
  }

  function forget(file: File) {
    plans.delete(uploadIds.get(file.id) ?? "");
    uploadIds.delete(file.id);
  }

  function planOf(file: File): Plan | undefined {
    return plans.get(uploadIds.get(file.id) ?? "")?.plan;
  }

  /** The plan of an upload, asked for again when its addresses are about to expire. */
  async function freshPlan(id: string): Promise<Plan> {
    const held = plans.get(id);
    if (!held) throw new Error("This upload is over");
    if (Date.parse(held.plan.expiresAt) - Date.now() > RENEW_MS) return held.plan;
    const [plan] = (await prepared([held.announced])).plans;
    if (!plan || plan.__typename === "ExistingImage") throw new Error("This upload is over");
    held.plan = plan;
    return plan;
  }

  async function prepared(files: Announced[]) {
    type Prepared = { plans: (Plan | ExistingImage | null)[]; userErrors: UserError[] };
    return (await ask<{ prepareUploads: Prepared }>(PREPARE, { files })).prepareUploads;
  }
}

/** What prepareUploads wants to know about a file; title, altText, tags and more may be added here. */
async function announce(file: File): Promise<Announced> {
  const data = file.data as Blob;
  const contentType = file.type || `image/${file.extension}`; // not every browser knows HEIC
  return { filename: file.name ?? "picture", sizeBytes: data.size, contentType, sha256: await sha256(data) };
}

async function sha256(data: Blob): Promise<string> {
  const hash = await createSHA256();
  const reader = data.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) hash.update(read.value);
  return hash.digest("hex");
}

function signed(plan: Plan, partNumber: number) {
  const place = plan.__typename === "SinglePut" ? plan : plan.parts.find(({ number }) => number === partNumber);
  if (!place) throw new Error("This part is there already");
  return { url: place.url, headers: Object.fromEntries(place.headers.map(({ name, value }) => [name, value])) };
}

const answered = (xml: string) => ({ url: `data:application/xml,${encodeURIComponent(xml)}` });

function present(plan: Plan): string {
  if (plan.__typename === "SinglePut") return "<ListPartsResult/>";
  const missing = new Set(plan.parts.map(({ number }) => number));
  const numbers = Array.from({ length: plan.partCount }, (_, index) => index + 1);
  const parts = numbers.filter((number) => !missing.has(number));
  const listed = parts.map((number) => `<Part><PartNumber>${number}</PartNumber><ETag>there</ETag></Part>`);
  return `<ListPartsResult>${listed.join("")}</ListPartsResult>`;
}

// The parts become one file when the server is told so, by completeUploads.
const finished = ({ upload: { id } }: Plan) =>
  `<CompleteMultipartUploadResult><Location>${id}</Location><Key>${id}</Key></CompleteMultipartUploadResult>`;

function chunks(files: File[]): File[][] {
  return files.length ? [files.slice(0, MOST_FILES), ...chunks(files.slice(MOST_FILES))] : [];
}

function asking(server: string, token: string): Ask {
  return async (query, variables) => {
    const response = await fetch(new URL("/graphql", server), {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
}
