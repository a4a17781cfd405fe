import type { GatewayDeps } from '../deps';
import { channelOperations } from './channels';
import { connectionOperations } from './connections';
import { conversationOperations } from './conversations';
import { eventOperations } from './events';
import { expertOperations } from './experts';
import { integrationOperations } from './integrations';
import type { Operation } from './operation';
import { tenantOperations } from './tenants';
import { triggerOperations } from './triggers';

/** Every operation of the API, in the order the documentation shows them. */
export const operationsOf = (deps: GatewayDeps): readonly Operation[] =>
  [
    channelOperations,
    integrationOperations,
    connectionOperations,
    expertOperations,
    triggerOperations,
    conversationOperations,
    eventOperations,
    tenantOperations,
  ].flatMap((operations) => operations(deps));
