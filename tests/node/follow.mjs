// Follows imageEvents with a public client and comes back after every interruption, behind the last event it was told:
// node follow.mjs graphql-ws|graphql-sse|apollo URL TOKEN; prints one JSON object per event, until it is killed.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { createClient as createEventClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import WebSocket from 'ws';

const [client, url, token] = process.argv.slice(2);
const query = 'subscription Follow($after: String) { imageEvents(after: $after) { kind cursor imageId } }';
// An unknown cursor: RESYNC comes first, and tells that from now on we are heard.
const operation = { query, variables: { after: 'the beginning' } };
const Authorization = `Bearer ${token}`;

const pause = () => new Promise((resolve) => setTimeout(resolve, 200));
const hear = ({ data, errors }) => {
  if (errors) throw new Error(JSON.stringify(errors));
  operation.variables.after = data.imageEvents.cursor;
  console.log(JSON.stringify(data.imageEvents));
};
const fail = (error) => {
  console.error(error);
  process.exit(1);
};

const followers = {
  // Both clients connect again by themselves, and send the operation as it is by then: with the newest cursor.
  'graphql-ws': () =>
    createSocketClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { Authorization },
      retryAttempts: Infinity,
      retryWait: pause,
      shouldRetry: () => true,
    }).subscribe(operation, { next: hear, error: fail, complete: fail }),
  'graphql-sse': () =>
    createEventClient({
      url,
      headers: { Authorization },
      retryAttempts: Infinity,
      retry: pause,
    }).subscribe(operation, { next: hear, error: fail, complete: fail }),
  // Apollo tells that the line is cut, and leaves it to us to subscribe again.
  apollo: () => {
    const link = new HttpLink({ uri: url, headers: { Authorization } });
    const apollo = new ApolloClient({ link, cache: new InMemoryCache() });
    const again = () => setTimeout(subscribe, 200);
    const subscribe = () =>
      apollo.subscribe({ query: gql(query), variables: { ...operation.variables }, fetchPolicy: 'no-cache' }).subscribe({
        next: ({ data, error }) => (error ? console.error(`interrupted: ${error.message}`) : hear({ data })),
        error: again,
        complete: again,
      });
    subscribe();
  },
};

followers[client]();
