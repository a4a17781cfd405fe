import type { Request, Response } from 'express';
import { holds, type Right } from '../domain/roles';
import type { Scope } from '../store/scope';
import { identify } from './auth';
import type { Caller } from './caller';
import type { Demo } from './demo';
import type { GatewayDeps } from './deps';
import { LOOK_EVERY_MS } from './status-feed';

/** Ends a stream that goes on for hours when its reader signed out, or lost the key, the role or the organization that opened it. */
export function endWithAccess(
  deps: GatewayDeps,
  demo: Demo | undefined,
  {
    request,
    response,
    scope,
    right,
  }: { readonly request: Request; readonly response: Response; readonly scope: Scope; readonly right: Right },
): void {
  const checking = setInterval(async () => {
    if (!(await mayStill(deps, demo, request, scope, right))) response.end();
  }, deps.lookEveryMs ?? LOOK_EVERY_MS);
  response.on('close', () => clearInterval(checking));
  if (response.closed) clearInterval(checking);
}

/** False also while that cannot be found out: whoever reads comes again. */
async function mayStill(deps: GatewayDeps, demo: Demo | undefined, request: Request, scope: Scope, right: Right): Promise<boolean> {
  const now = await identify(deps, demo, request, false).catch((): Caller | undefined => undefined);
  return now?.scope?.organizationId === scope.organizationId && holds(now.role, right);
}
