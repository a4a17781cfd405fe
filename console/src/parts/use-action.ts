import { App } from 'antd';
import { useRef, useState } from 'react';
import { useWords } from '../preferences';
import { sentenceOf } from './states';

interface Action {
  readonly busy: boolean;
  /** Does it once at a time; says `done` afterwards, or in a sentence why not. Resolves true where it was done. */
  run(what: () => Promise<unknown>, done?: string): Promise<boolean>;
}

/** For buttons that change something. */
export function useAction(): Action {
  const words = useWords();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  return {
    busy,
    async run(what, done) {
      if (running.current) return false;
      running.current = true;
      setBusy(true);
      try {
        await what();
        if (done) void message.success(done);
        return true;
      } catch (error) {
        void message.error(sentenceOf(error, words), 6);
        return false;
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
  };
}
