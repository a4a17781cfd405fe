import { Alert, Button, Modal, QRCode, Spin } from 'antd';
import { useEffect, useEffectEvent, useState } from 'react';
import { eventsOf } from '../event-stream';
import type { Config } from '../model';
import { sentenceOf } from '../parts/states';
import { useWords } from '../preferences';
import { useApi } from '../session';

interface Props {
  readonly channel: string;
  /** What was entered so far, such as the domain. */
  readonly settings: Config;
  onClose(): void;
  onMade(settings: Config): void;
}

type Told =
  | { readonly url: string }
  | { readonly state: 'done'; readonly settings: Config }
  | { readonly state: 'failed'; readonly code: string; readonly message: string };

/** A code for the platform's app; goes away with the settings of the bot that was made. */
export function ScanDialog({ channel, settings, onClose, onMade }: Props) {
  const words = useWords();
  const say = words.integrations.scan;
  const api = useApi();
  const [round, setRound] = useState(0);
  const [url, setUrl] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const follow = useEffectEvent(async (signal: AbortSignal) => {
    setUrl(undefined);
    setProblem(undefined);
    try {
      let isOver = false;
      const answer = await api.ask(`channels/${encodeURIComponent(channel)}/register`, { settings }, signal);
      for await (const { data } of eventsOf(answer)) {
        const told = JSON.parse(data) as Told;
        isOver = 'state' in told;
        if ('url' in told) setUrl(told.url);
        else if (told.state === 'done') onMade(told.settings);
        else setProblem(say.failed[told.code] ?? told.message);
      }
      // A gateway that goes away ends the answer without an end: nobody would hear of a scan any more.
      if (!isOver) setProblem(say.lost);
    } catch (error) {
      if (!signal.aborted) setProblem(sentenceOf(error, words));
    }
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round asks for another code
  useEffect(() => {
    const left = new AbortController();
    void follow(left.signal);
    return () => left.abort();
  }, [round]);
  return (
    <Modal open title={say.title} onCancel={onClose} footer={null} destroyOnHidden>
      <p>{say.about}</p>
      <div className="scan" aria-live="polite" aria-busy={!url && !problem}>
        {problem ? (
          <Alert
            type="error"
            showIcon
            title={problem}
            action={
              <Button size="small" onClick={() => setRound((before) => before + 1)}>
                {say.again}
              </Button>
            }
          />
        ) : url ? (
          <>
            <div role="img" aria-label={say.code}>
              <span aria-hidden>
                <QRCode value={url} size={240} type="svg" color="#000000" bgColor="#ffffff" />
              </span>
            </div>
            <a href={url} target="_blank" rel="noreferrer">
              {say.orOpen}
            </a>
          </>
        ) : (
          <Spin aria-label={say.asking} />
        )}
      </div>
    </Modal>
  );
}
