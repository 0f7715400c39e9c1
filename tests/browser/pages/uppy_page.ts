// The least of a page around docs/examples/uppy.ts, with the words that upload.html has.
import Uppy, { type Meta } from "@uppy/core";
import { type ImageBody, uploadToImaging } from "./uppy";

const one = <Found extends Element>(selector: string) => document.querySelector<Found>(selector)!;
const value = (selector: string) => one<HTMLInputElement>(selector).value;

one("button").addEventListener("click", async () => {
  const uppy = new Uppy<Meta, ImageBody>();
  uploadToImaging(uppy, { server: value("#server"), token: value("#token") });
  const files = Array.from(one<HTMLInputElement>("#pictures").files ?? []);
  const sent = new Map<string, number>(); // what Uppy says of all together, it says twice a second
  uppy.on("upload-progress", (file, { bytesUploaded }) => {
    if (file && bytesUploaded) sent.set(file.id, bytesUploaded);
    one<HTMLProgressElement>("#total").value = [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
  });
  one<HTMLProgressElement>("#total").max = files.reduce((sum, { size }) => sum + size, 0);
  uppy.addFiles(files.map((file) => ({ name: file.name, type: file.type, data: file })));
  const { successful = [], failed = [] } = (await uppy.upload()) ?? {};
  const done = successful.filter((file) => file.response?.body?.imageId).length;
  const problems = failed.map((file) => `${file.name}: ${file.error}`);
  one("[role=status]").textContent = [`${done} of ${files.length} are done.`, ...problems].join(" ");
});
