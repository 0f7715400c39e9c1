// The page: GraphiQL with the explorer, its workers from our own origin, and first tabs that are of use.
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { createFetcher } from './fetcher.js';
import { tabs } from './tabs.js';

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(new URL(WORKERS[label] ?? WORKERS.editor, import.meta.url)),
};

const root = document.getElementById('graphiql');
const { endpoint, token } = JSON.parse(root.dataset.settings);
const own = token ? { Authorization: `Bearer ${token}` } : {};
const headers = token ? JSON.stringify(own, null, 2) : '';

createRoot(root).render(
  <GraphiQL
    defaultEditorToolsVisibility="headers"
    defaultHeaders={headers}
    defaultTabs={tabs(endpoint).map((query) => ({ query, headers }))}
    fetcher={createFetcher(endpoint, own)}
    inputValueDeprecation
    plugins={[HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })]}
    schemaDescription
    shouldPersistHeaders={false}
  />,
);
