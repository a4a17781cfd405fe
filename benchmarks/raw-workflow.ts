import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

export const raw = defineSignal<[string]>('raw');
const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '1 minute', taskQueue: 'raw-activities' });

/** The floor that everything is compared with: a signal, one empty activity. Ends after so many signals. */
export async function rawConversation(turns: number): Promise<void> {
  let waiting = 0;
  let done = 0;
  setHandler(raw, () => {
    waiting += 1;
  });
  while (done < turns) {
    await condition(() => waiting > 0);
    waiting -= 1;
    await nothing();
    done += 1;
  }
}
