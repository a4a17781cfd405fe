import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundEvent } from '../../domain/event';
import type { DeliverResult, LinkReport } from '../channel';
import type { Keeping } from '../keeping';
import type { Push, StreamClient } from './client';
import { fields } from './content';
import { action, type Envelope, message } from './inbound';
import { toastIn } from './telling';

/** What becomes of a push: read, kept, and acknowledged on the connection it came from. */
export interface Hearing {
  message(client: StreamClient, push: Push): Promise<void>;
  press(client: StreamClient, push: Push): Promise<void>;
}

/** Another way to tell whoever pressed what became of it. */
export type Tell = (event: InboundEvent, result: DeliverResult) => Promise<void>;

/** @param tell undefined where the template has a variable for what only who pressed shall read */
export function createHearing(keeping: Keeping, link: LinkReport, tell: Tell | undefined, answerPressMs: number): Hearing {
  return {
    message: async (client, push) => {
      link.received();
      const event = message(fields(push.data), envelopeOf(push));
      const kept = event ? await keeping.keep(event) : undefined;
      // What cannot be read never will be.
      if (kept || !event) client.acknowledge(push.headers.messageId, {});
    },
    press: async (client, push) => {
      link.received();
      const event = action(fields(push.data), envelopeOf(push));
      const kept = event ? keeping.keep(event) : Promise.resolve(undefined);
      if (event && tell) void kept.then((result) => result && tell(event, result));
      // DingTalk waits two seconds for the answer, and what the press brings about is shown by the turn.
      const result = await Promise.race([kept, sleep(answerPressMs, undefined, { ref: false })]);
      const toast = result && !tell ? toastIn(result) : undefined;
      client.acknowledge(push.headers.messageId, toast ? toldAlone(toast) : {});
    },
  };
}

const envelopeOf = ({ headers }: Push): Envelope => ({ id: headers.messageId, at: Number(headers.time) || Date.now() });

/** A variable that only who pressed sees. */
const toldAlone = (toast: string): Readonly<Record<string, unknown>> => ({
  userPrivateData: { cardParamMap: { toast } },
  cardUpdateOptions: { updatePrivateDataByKey: true },
});
