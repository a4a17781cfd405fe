import { QrcodeOutlined } from '@ant-design/icons';
import { Alert, Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import type { Config } from '../model';
import { useWords } from '../preferences';

// Drawing codes takes code of its own, which few pages need.
const ScanDialog = lazy(async () => ({ default: (await import('./scan-dialog')).ScanDialog }));

interface Props {
  readonly channel: string;
  /** What was entered so far. */
  entered(): Config;
  onMade(settings: Config): void;
}

/** The offer to have the platform make the bot, for whoever has no app yet. */
export function ScanOffer({ channel, entered, onMade }: Props) {
  const say = useWords().integrations.scan;
  const [state, setState] = useState<'offered' | 'open' | 'done'>('offered');
  if (state === 'done') return <Alert type="success" showIcon title={say.done} role="status" className="problem" />;
  return (
    <>
      <p className="scan-offer">
        {say.offer}{' '}
        <Button size="small" icon={<QrcodeOutlined />} onClick={() => setState('open')}>
          {say.open}
        </Button>
      </p>
      {state === 'open' && (
        <Suspense>
          <ScanDialog
            channel={channel}
            settings={entered()}
            onClose={() => setState('offered')}
            onMade={(settings) => {
              setState('done');
              onMade(settings);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
