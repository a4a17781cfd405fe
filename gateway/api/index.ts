import { Router } from 'express';
import type { GatewayDeps } from '../deps';

/** Every route under `/api/v1` that needs a caller, one router per noun. */
export function apiRoutes(_deps: GatewayDeps): Router {
  return Router();
}
