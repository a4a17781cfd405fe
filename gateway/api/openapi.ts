import type { GatewayDeps } from '../deps';

/** The whole HTTP API as an OpenAPI 3.1 document. */
export function openApiDocument(_deps: GatewayDeps, _origin: string): object {
  return {};
}
