import { Steps } from 'antd';
import { useState } from 'react';
import type { Integration } from '../model';
import { useNames } from '../parts/names';
import { PageFrame } from '../parts/page-frame';
import { Loaded } from '../parts/states';
import { useMedia, useWords } from '../preferences';
import { type Kind, PlatformChoice } from './platform-choice';
import { WizardConnect } from './wizard-connect';
import { WizardSettings } from './wizard-settings';

/** From nothing to a connected integration, step by step. */
export function Wizard() {
  const words = useWords();
  const { channels } = useNames();
  const narrow = useMedia('(max-width: 599px)');
  const [kind, setKind] = useState<Kind>();
  const [step, setStep] = useState(0);
  const [integration, setIntegration] = useState<Integration>();
  const { wizard } = words.integrations;
  const steps = [wizard.steps.platform, wizard.steps.settings, wizard.steps.connect];
  return (
    <PageFrame title={wizard.title} back={{ href: '#/integrations', title: words.integrations.title }}>
      <Steps
        className="wizard-steps"
        current={step}
        size="small"
        orientation={narrow ? 'vertical' : 'horizontal'}
        items={steps.map((title) => ({ title }))}
      />
      <Loaded of={{ loading: channels === undefined, problem: undefined, refresh: () => undefined, value: channels }} rows={6}>
        {step === 0 && channels && (
          <PlatformChoice
            channels={channels}
            kind={kind}
            onChoose={(chosen) => {
              setKind(chosen);
              setStep(1);
            }}
          />
        )}
        {step === 1 && kind && (
          <WizardSettings
            kind={kind}
            integration={integration}
            onBack={() => setStep(0)}
            onSaved={(saved) => {
              setIntegration(saved);
              setStep(2);
            }}
          />
        )}
        {step === 2 && integration && <WizardConnect integration={integration} onBack={() => setStep(1)} />}
      </Loaded>
    </PageFrame>
  );
}
