import type { Express } from 'express';

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
  match(path: string): { readonly path: string } | undefined;
}

/** Where routers hang: an application does not tell, it only matches. */
const MOUNTS = ['/api/v1/sign-in', '/api/v1/session', '/api/v1/sandbox', '/api/v1', '/webhooks', ''];
/** Those that answer to every method are for two: the others they refuse. */
const METHODS_OF_ALL = ['GET', 'POST'];

/** All routes that an application has registered: `POST /api/v1/experts/:id/publish`. @throws Error for a router at an unknown place */
export const routesOf = (app: Express): readonly string[] =>
  routesIn((app.router as unknown as { readonly stack: readonly Layer[] }).stack, '');

const routesIn = (stack: readonly Layer[], base: string): string[] =>
  stack.flatMap((layer) => {
    const { route, handle } = layer;
    if (route) {
      const methods = route.methods._all ? METHODS_OF_ALL : Object.keys(route.methods).map((method) => method.toUpperCase());
      return methods.map((method) => `${method} ${`${base}${route.path}`.replace(/(.)\/$/, '$1')}`);
    }
    return handle.stack ? routesIn(handle.stack, `${base}${mountOf(layer)}`) : [];
  });

function mountOf(layer: Layer): string {
  for (const mount of MOUNTS) if (layer.match(`${mount}/x`)?.path === mount) return mount;
  throw new Error('A router hangs at a place that is not known here.');
}
