import type { GatewayDeps } from '../deps';
import { alertOperations } from './alerts';
import { auditOperations } from './audit';
import { channelOperations } from './channels';
import { configurationOperations } from './configuration';
import { connectionOperations } from './connections';
import { conversationOperations } from './conversations';
import { deletionOperations } from './deletions';
import { eventOperations } from './events';
import { expertUseOperations } from './expert-use';
import { expertVersionOperations } from './expert-versions';
import { expertOperations } from './experts';
import { exportOperations } from './exports';
import { integrationOperations } from './integrations';
import { invitationOperations } from './invitations';
import { keyOperations } from './keys';
import { memberOperations } from './members';
import type { Operation } from './operation';
import { organizationOperations } from './organizations';
import { ownSessionOperations } from './own-sessions';
import { peopleOperations } from './people';
import { peopleChangeOperations } from './people-changes';
import { userOperations } from './people-users';
import { pluginOperations } from './plugins';
import { spendingLimitOperations } from './spending-limits';
import { statsOperations } from './stats';
import { tenantOperations } from './tenants';
import { trafficOperations } from './traffic';
import { triggerOperations } from './triggers';
import { usageOperations } from './usage';

/** Every operation of the API, in the order the documentation shows them. */
export const operationsOf = (deps: GatewayDeps): readonly Operation[] =>
  [
    channelOperations,
    pluginOperations,
    integrationOperations,
    connectionOperations,
    trafficOperations,
    expertOperations,
    expertUseOperations,
    expertVersionOperations,
    triggerOperations,
    conversationOperations,
    exportOperations,
    statsOperations,
    usageOperations,
    spendingLimitOperations,
    eventOperations,
    peopleOperations,
    peopleChangeOperations,
    userOperations,
    memberOperations,
    invitationOperations,
    keyOperations,
    alertOperations,
    configurationOperations,
    auditOperations,
    tenantOperations,
    deletionOperations,
    organizationOperations,
    ownSessionOperations,
  ].flatMap((operations) => operations(deps));
