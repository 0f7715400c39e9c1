// The operations that a newcomer finds in the first tabs; a test holds them to the schema.
import pictures from './tabs/1-pictures.graphql';
import upload from './tabs/2-upload.graphql';
import search from './tabs/3-search.graphql';
import events from './tabs/4-events.graphql';
import about from './tabs/5-about.graphql';

export const tabs = (endpoint) =>
  [pictures, upload, search, events, about].map((text) =>
    text.replace('ENDPOINT', new URL(endpoint, location.href).href),
  );
