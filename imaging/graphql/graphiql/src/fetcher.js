// Queries and mutations by POST, subscriptions over graphql-transport-ws; both with the headers of the tab.
import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-ws';

const isSubscription = ({ query, operationName }) =>
  getOperationAST(parse(query), operationName ?? undefined)?.operation === 'subscription';

const post = async (endpoint, operation, headers) => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { Accept: 'application/graphql-response+json', 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(operation),
  });
  return response.json();
};

const subscribe = (endpoint, operation, headers) => {
  const url = new URL(endpoint, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'authorization');
  const connectionParams = name ? { Authorization: headers[name] } : undefined;
  return createClient({ url: url.href, connectionParams, retryAttempts: 3 }).iterate(operation);
};

// GraphiQL asks for the schema before its headers editor is there, so that question brings the page's own headers.
const withOwn = ({ operationName }, headers, own) => (operationName === 'IntrospectionQuery' ? { ...own, ...headers } : headers);

// Just after a change of tabs GraphiQL still names the operation of the tab that was left.
const rightlyNamed = ({ operationName, ...operation }) =>
  operationName && getOperationAST(parse(operation.query), operationName) ? { ...operation, operationName } : operation;

export const createFetcher =
  (endpoint, own) =>
  (asked, { headers = {} } = {}) => {
    const operation = rightlyNamed(asked);
    return isSubscription(operation)
      ? subscribe(endpoint, operation, headers)
      : post(endpoint, operation, withOwn(operation, headers, own));
  };
