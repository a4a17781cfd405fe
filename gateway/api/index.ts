import type { Router } from 'express';
import type { GatewayDeps } from '../deps';
import { operationsOf } from './all';
import { routerOf } from './operation';

/** Every route under `/api/v1` that needs a caller, one router per noun. */
export const apiRoutes = (deps: GatewayDeps): Router => routerOf(operationsOf(deps), deps);
