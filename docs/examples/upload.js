// Uploads pictures from a browser with nothing but fetch and XMLHttpRequest. Copy it, change it.
//
// 1. Hash the files, and ask the server for a plan (prepareUploads): it has some already, small ones go up with one
//    PUT, large ones in parts.
// 2. PUT the bytes to where the plan says, which may be S3, several at a time.
// 3. Say that they are there (completeUploads), and look until each has become an image.
//
// To go on after a failure or a reload, upload the same files again: only what is missing is sent.

const FILES_AT_ONCE = 50;
const PUTS_AT_ONCE = 4;
const ATTEMPTS = 4;
const LOOK_EVERY_MS = 1_000;
// The browser's own SHA-256 wants a file whole, in memory. uppy.ts shows one that does not.
const LARGEST_BYTES = 1024 ** 3;

const PREPARE = `mutation Prepare($files: [StagedFile!]!) {
  prepareUploads(input: { files: $files }) {
    plans {
      ... on ExistingImage { image { ...Shown } }
      ... on SinglePut { upload { id } url headers { name value } }
      ... on MultipartPut { upload { id } parts { offsetBytes sizeBytes url headers { name value } } }
    }
    userErrors { message field }
  }
}`;
const COMPLETE = `mutation Complete($ids: [ID!]!) {
  completeUploads(input: { ids: $ids }) { uploads { id } userErrors { message itemId } }
}`;
const LOOK = `query Look($ids: [ID!]!) {
  nodes(ids: $ids) { ... on ImageUpload { id state failure { message } image { ...Shown } } }
}`;
const SHOWN = `fragment Shown on Image {
  id filename altText
  srcset(densities: [1, 2], transform: { width: 160, height: 160, fit: COVER }) { srcset src width height }
}`;

/**
 * Uploads files and returns one item for each. `changed(item)` is told whenever something is new about one:
 *   state      WAITING, HASHING, SENDING, PROCESSING, and at the end DONE or FAILED
 *   sentBytes  how many of its bytes are where they belong
 *   image      the image that it has become, when DONE
 *   problem    what is wrong, in words, when FAILED
 */
export async function upload(files, { server, token, changed = () => {} }) {
  const ask = asking(server, token);
  const items = Array.from(files, (file) => ({ file, state: "WAITING", sentBytes: 0 }));
  const tell = (item, news) => changed(Object.assign(item, news));
  const looking = [];
  for (let at = 0; at < items.length; at += FILES_AT_ONCE) {
    const sent = await uploadSome(items.slice(at, at + FILES_AT_ONCE), ask, tell);
    looking.push(look(sent, ask, tell)); // while the next ones are on their way
  }
  await Promise.all(looking);
  return items;
}

async function uploadSome(items, ask, tell) {
  const hashed = [];
  for (const item of items) {
    tell(item, { state: "HASHING", problem: undefined });
    await attempt(item, tell, async () => hashed.push([item, await announced(item.file)]));
  }
  if (!hashed.length) return [];
  const { plans, userErrors } = (await ask(PREPARE, { files: hashed.map(([, file]) => file) })).prepareUploads;
  const puts = [];
  hashed.forEach(([item], index) => {
    const plan = plans[index];
    if (!plan) tell(item, { state: "FAILED", problem: reason(userErrors, index) });
    else if (plan.image) tell(item, { state: "DONE", sentBytes: item.file.size, image: plan.image });
    else {
      puts.push(...planned(item, plan));
      tell(item, { state: "SENDING", sentBytes: item.already });
    }
  });
  await together(puts, PUTS_AT_ONCE, (put) => attempt(put.item, tell, () => send(put, tell)));

  const sent = hashed.map(([item]) => item).filter((item) => item.state === "SENDING");
  if (!sent.length) return [];
  const answer = (await ask(COMPLETE, { ids: sent.map((item) => item.uploadId) })).completeUploads;
  for (const item of sent) {
    const error = answer.userErrors.find(({ itemId }) => itemId === item.uploadId);
    tell(item, error ? { state: "FAILED", problem: error.message } : { state: "PROCESSING" });
  }
  return sent.filter((item) => item.state === "PROCESSING");
}

/** What prepareUploads wants to know about a file; title, altText, tags and more may be added here. */
async function announced(file) {
  if (file.size > LARGEST_BYTES) throw new Error("This file is too large for a page that hashes in memory");
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  const sha256 = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const contentType = file.type || `image/${file.name.split(".").pop()}`; // not every browser knows HEIC
  return { filename: file.name, sizeBytes: file.size, contentType, sha256 };
}

/** The PUTs that a plan asks for: one of the whole file, or one for each part that is missing. */
function planned(item, plan) {
  const parts = plan.parts ?? [{ offsetBytes: 0, sizeBytes: item.file.size, url: plan.url, headers: plan.headers }];
  const missing = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  Object.assign(item, { uploadId: plan.upload.id, already: item.file.size - missing, sending: new Map() });
  return parts.map((part) => ({ item, part }));
}

async function send({ item, part }, tell) {
  if (item.state === "FAILED") return; // with another part
  const end = part.offsetBytes + part.sizeBytes;
  const body = part.sizeBytes === item.file.size ? item.file : item.file.slice(part.offsetBytes, end);
  const progressed = (bytes) => {
    item.sending.set(part, bytes);
    tell(item, { sentBytes: item.already + [...item.sending.values()].reduce((sum, sent) => sum + sent, 0) });
  };
  await again(() => put(part, body, progressed));
  progressed(part.sizeBytes);
}

function put({ url, headers }, body, progressed) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells no progress of what it sends
    request.open("PUT", url);
    for (const { name, value } of headers) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => progressed(Math.min(loaded, body.size));
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error(`It was refused: ${request.status}`)));
    request.onerror = () => reject(new Error("The connection was lost"));
    request.send(body);
  });
}

/** Asks now and then what became of them; a page that stays open would subscribe to imageEvents instead. */
async function look(items, ask, tell) {
  let waiting = items;
  while (waiting.length) {
    await pause(LOOK_EVERY_MS);
    const ids = waiting.map((item) => item.uploadId);
    const { nodes } = await again(() => ask(LOOK, { ids }));
    waiting.forEach((item, index) => {
      const { state, image, failure } = nodes[index] ?? { state: "GONE" };
      if (state === "COMPLETED") tell(item, { state: "DONE", image });
      else if (state !== "QUEUED" && state !== "PROCESSING")
        tell(item, { state: "FAILED", problem: failure?.message ?? `The upload is ${state}` });
    });
    waiting = waiting.filter((item) => item.state === "PROCESSING");
  }
}

function asking(server, token) {
  return async (query, variables) => {
    const response = await fetch(new URL("/graphql", server), {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: query.includes("...Shown") ? query + SHOWN : query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
}

/** Says of the one item that it failed, and lets the others go on. */
async function attempt(item, tell, deed) {
  try {
    await deed();
  } catch (error) {
    tell(item, { state: "FAILED", problem: error.message });
  }
}

async function again(deed) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deed();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await pause(500 * 2 ** attempt * Math.random());
    }
  }
}

async function together(things, most, deed) {
  const queue = [...things];
  const work = async () => {
    while (queue.length) await deed(queue.shift());
  };
  await Promise.all(Array.from({ length: most }, work));
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Errors name their input: input.files.3.sizeBytes.
const reason = (errors, index) =>
  (errors.find(({ field }) => field?.[2] === String(index)) ?? errors[0])?.message ?? "It was refused";
