import type { ComponentType } from 'react';

/** The code of a page, which comes apart from the frame's. */
export interface PageCode {
  /** Asks for it, once; again after a failure. What has come is read by `use` at once, without an empty moment. */
  fetch(): Promise<ComponentType>;
}

function codeOf(load: () => Promise<ComponentType>): PageCode {
  let fetching: Promise<ComponentType> | undefined;
  return {
    fetch: () => {
      fetching ??= readAtOnce(
        load().catch((error: unknown) => {
          fetching = undefined;
          throw error;
        }),
      );
      return fetching;
    },
  };
}

/** As React marks the promises that it has waited for itself: `use` may always be called, and waits only where it must. */
function readAtOnce<T>(promise: Promise<T>): Promise<T> {
  promise.then(
    (value) => Object.assign(promise, { status: 'fulfilled', value }),
    () => undefined,
  );
  return promise;
}

/** By the page's path. */
export const pageCode = {
  overview: codeOf(async () => (await import('../overview/page')).OverviewPage),
  conversations: codeOf(async () => (await import('../conversations/page')).ConversationsPage),
  integrations: codeOf(async () => (await import('../integrations/page')).IntegrationsPage),
  experts: codeOf(async () => (await import('../experts/page')).ExpertsPage),
  people: codeOf(async () => (await import('../people/page')).PeoplePage),
  usage: codeOf(async () => (await import('../usage/page')).UsagePage),
  tenants: codeOf(async () => (await import('../tenants/page')).TenantsPage),
  audit: codeOf(async () => (await import('../audit/page')).AuditPage),
  settings: codeOf(async () => (await import('../settings/page')).SettingsPage),
  sandbox: codeOf(async () => (await import('../sandbox/page')).SandboxPage),
} as const;
