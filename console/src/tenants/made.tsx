import { Alert, Modal } from 'antd';
import type { MadeTenant } from '../model';
import { CopyLine } from '../parts/small';
import { useWords } from '../preferences';
import { mailHint } from '../settings/mail-hint';

interface Props {
  readonly made: MadeTenant & { readonly name: string };
  onClose(): void;
}

/** What a new tenant begins with, shown only once. */
export function TenantMade({ made: { name, apiKey, organization, invitation }, onClose }: Props) {
  const words = useWords();
  const say = words.tenants;
  return (
    <Modal
      open
      title={say.made(name)}
      onCancel={onClose}
      onOk={onClose}
      okText={words.common.close}
      cancelButtonProps={{ style: { display: 'none' } }}
    >
      <Alert type="warning" showIcon title={say.once} className="problem" />
      <h3>{say.key}</h3>
      <CopyLine text={apiKey} label={say.key} />
      <h3>{say.organizationId}</h3>
      <CopyLine text={organization.id} label={say.organizationId} />
      {invitation && (
        <>
          <h3>{say.link(invitation.email)}</h3>
          <CopyLine text={invitation.url} label={say.link(invitation.email)} />
          <p className="quiet">{mailHint(invitation.mail, words)}</p>
        </>
      )}
    </Modal>
  );
}
