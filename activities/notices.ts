import type { Notice, SessionEnd } from '../domain/conversation';
import type { EventEnd } from '../domain/event';
import { noticeText } from '../domain/phrases';
import type { Deps } from './deps';
import { isRefused } from './refusals';

export interface NoticeJob {
  readonly eventId: string;
  readonly notice: Notice;
  readonly end: EventEnd;
  readonly status: {
    readonly running: boolean;
    readonly waiting: number;
    readonly turns: number;
    readonly startedAt: number;
    readonly timeoutSeconds: number;
  };
}

/** What is said beside the answers, and ends that are only written down. */
export const createNotices = (deps: Deps) => ({
  /** Answers an event with a plain message, once: whoever claimed the event says it, under a key that the platform knows again. */
  async notify(job: NoticeJob): Promise<void> {
    const { store } = deps;
    const event = await store.events.facts(job.eventId);
    if (!event || !(await store.events.claim(event.id, event.id))) return;
    const integration = await store.integrations.find(event.integrationId);
    if (!integration) return await store.events.end([event.id], 'undeliverable');
    const { startedAt, ...status } = job.status;
    const facts = { ...status, minutes: Math.max(0, Math.round((Date.now() - startedAt) / 60_000)) };
    const text = noticeText(job.notice, event.language, facts, event.settings);
    try {
      await deps.messengerFor(integration).say(event.address, text, `notice:${event.id}`);
      await store.events.end([event.id], job.end);
    } catch (error) {
      if (!isRefused(error)) throw error;
      await store.events.end([event.id], 'undeliverable');
    }
  },

  /** Whether who sent an event owns the group it was said in; no where the platform does not tell. */
  async isOwner({ eventId }: { readonly eventId: string }): Promise<boolean> {
    const event = await deps.store.events.facts(eventId);
    const integration = event && (await deps.store.integrations.find(event.integrationId));
    if (!event || !integration) return false;
    const owners = await deps.messengerFor(integration).owners?.(event.address);
    return owners?.includes(event.platformPersonId) ?? false;
  },

  async settle({ eventIds, end }: { readonly eventIds: readonly string[]; readonly end: EventEnd }): Promise<void> {
    await deps.store.events.end(eventIds, end);
  },

  async endSession({ sessionId, reason }: { readonly sessionId: string; readonly reason: SessionEnd }): Promise<void> {
    await deps.store.conversations.end(sessionId, reason);
  },
});
