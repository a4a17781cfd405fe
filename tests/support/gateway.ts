import type { AddressInfo } from 'node:net';
import { createApp } from '../../gateway/app';
import type { GatewayDeps } from '../../gateway/deps';
import { closeServer, serve } from '../../gateway/server';
import { loadConfig } from '../../runtime/config';
import { createDispatch } from '../../runtime/dispatch';
import { createMetrics } from '../../runtime/metrics';
import { listenForNotifications } from '../../runtime/notifications';
import { loadPlugins } from '../../runtime/plugins';
import { createPorts } from '../../runtime/ports';
import { openTemporal } from '../../runtime/temporal';
import { openFiles } from '../../store/files';
import { createWorld, silentLog, type World } from './world';

/** What one browser or program got. */
export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of many shapes
  readonly body: any;
  readonly headers: Headers;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A browser or a program: keeps cookies, sends what it was made with. */
export interface Visitor {
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  readonly cookies: Map<string, string>;
}

export interface TestGateway extends World {
  readonly deps: GatewayDeps;
  readonly url: string;
  /** The clock of sign-ins and sessions, moved by hand. */
  readonly clock: { now: Date };
  browser(headers?: Readonly<Record<string, string>>): Visitor;
  program(key: string, headers?: Readonly<Record<string, string>>): Visitor;
}

/**
 * The real gateway on loopback over a Postgres of its own; Temporal is away.
 * @param tenant one more tenant that is there when it starts
 */
export async function startGateway(env: Readonly<Record<string, string>> = {}, tenant?: string): Promise<TestGateway> {
  const world = await createWorld();
  if (tenant) await world.store.access.createTenant(tenant);
  const { databaseUrl, secretKey, store } = world;
  const config = loadConfig(
    { DATABASE_URL: databaseUrl, PARLEY_SECRET_KEY: secretKey, TEMPORAL_ADDRESS: '127.0.0.1:9', PARLEY_SANDBOX: 'true', ...env },
    'gateway',
  );
  const { channels, backends, findChannel, packageOf } = loadPlugins(config.plugins);
  const { client, connection } = openTemporal(config);
  const metrics = createMetrics();
  const clock = { now: new Date() };
  const files = openFiles(config.attachments.at);
  const deps: GatewayDeps = {
    ...{ files, config, log: silentLog, store, client, channels, backends, packageOf, metrics },
    dispatch: createDispatch({ store: world.another(), client, findChannel, consoleUrl: '', log: silentLog, observe: metrics.observe }),
    portsFor: createPorts(store, metrics.observe, files),
    ready: () => store.ping(),
    now: () => clock.now,
    lookEveryMs: 200,
  };
  const memory = listenForNotifications(databaseUrl, 'memory', silentLog);
  const status = listenForNotifications(databaseUrl, 'status', silentLog);
  const app = await createApp(deps, { memory, status });
  const server = await serve(app, 0, '127.0.0.1');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...world,
    ...{ deps, url, clock },
    browser: (headers = {}) => createVisitor(url, { 'x-parley-console': '1', origin: url, ...headers }),
    program: (key, headers = {}) => createVisitor(url, { authorization: `Bearer ${key}`, ...headers }),
    async close() {
      await closeServer(server);
      await Promise.all([memory.close(), status.close(), connection.close()]);
      await world.close();
    },
  };
}

function createVisitor(url: string, standing: Readonly<Record<string, string>>): Visitor {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async call(method, path, { body, headers = {} } = {}) {
      const response = await fetch(path.startsWith('http') ? path : `${url}/api/v1/${path}`, {
        ...{ method, redirect: 'manual' },
        headers: {
          ...standing,
          ...(cookies.size > 0 && { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      const text = await response.text();
      const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '') && text !== '';
      return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
    },
  };
}
