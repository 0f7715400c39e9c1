// Runs graphql-http's audits against a server: node audit.mjs URL [TOKEN]; prints one JSON object per audit.
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const fetchFn = (address, options = {}) =>
  fetch(address, { ...options, headers: { ...options.headers, ...(token && { authorization: `Bearer ${token}` }) } });

for (const audit of serverAudits({ url, fetchFn })) {
  const { status, name, reason } = await audit.fn();
  console.log(JSON.stringify({ id: audit.id, name, status, reason }));
}
