// Runs pictures through npm's sharp: a list of {input, options, steps, output} on stdin, a list of what came out on stdout.
import sharp from 'sharp';

const asked = JSON.parse(await new Response(process.stdin).text());
const answers = [];
for (const { input, options, steps, output } of asked) {
  try {
    const pipeline = steps.reduce((image, [name, ...args]) => image[name](...args), sharp(input, options));
    await pipeline.toFile(output);
    const { width, pageHeight, height, pages, channels, orientation } = await sharp(output, { pages: -1 }).metadata();
    answers.push({ width, height: pageHeight ?? height, pages: pages ?? 1, channels, orientation: orientation ?? 1 });
  } catch (error) {
    answers.push({ error: error.message });
  }
}
process.stdout.write(JSON.stringify(answers));
