import { Refusal } from '../../domain/errors';
import type { Deliver, Ports, WebhookCall, WebhookResult } from '../channel';
import { isFirstToday } from '../first-today';
import { appInbound } from './app-inbound';
import type { AppConfig } from './config';
import { createEnvelope, type Envelope, malformed, signedBy, unauthorized } from './crypto';
import { readXml, textOf, writeXml, type XmlFields, type XmlToWrite } from './xml';

/** One call of WeCom's to an application. Events are answered with an empty 200 once they are kept; answers go out by the API. */
export async function receiveForApp(
  config: AppConfig,
  call: WebhookCall,
  deliver: Deliver,
  { memory }: Pick<Ports, 'memory'>,
): Promise<WebhookResult> {
  const envelope = createEnvelope(config, config.corpId);
  const fields = openXml(envelope, config, call);
  const { event, welcome } = appInbound(fields);
  const toast = event && (await deliver(event)).toast;
  const name = textOf(fields, 'FromUserName') ?? '';
  if (event?.kind === 'action' && toast)
    return passive(envelope, call, config, name, { MsgType: 'update_button', Button: { ReplaceName: `${toast.zh} ${toast.en}` } });
  if (welcome && config.welcome && (await isFirstToday(memory, name, call.now)))
    return passive(envelope, call, config, name, { MsgType: 'text', Content: config.welcome });
  return { status: 200 };
}

/** The outer XML names nothing but the ciphertext; what it says is believed only once its signature was found good. */
function openXml(envelope: Envelope, config: AppConfig, call: WebhookCall): XmlFields {
  signedBy(call);
  const outer = readXml(call.body.toString('utf8'));
  if (!outer) throw malformed('it is no XML of a kind that is taken here');
  const encrypted = textOf(outer, 'Encrypt');
  if (!encrypted) throw unauthorized('it is not encrypted');
  const fields = readXml(envelope.open(call, encrypted));
  if (!fields) throw malformed('what was encrypted is no XML of a kind that is taken here');
  if (!belongs(config, fields)) throw new Refusal(401, 'unauthorized', 'The call is for another application: compare the agent id.');
  return fields;
}

function belongs({ corpId, agentId }: AppConfig, fields: XmlFields): boolean {
  const agent = textOf(fields, 'AgentID');
  return (textOf(fields, 'ToUserName') ?? corpId) === corpId && (agent === undefined || agent === String(agentId));
}

/** An answer in the response itself: words for a message, or for the button that was pressed. */
function passive(envelope: Envelope, call: WebhookCall, { corpId }: AppConfig, to: string, content: XmlToWrite): WebhookResult {
  const at = String(Math.floor(call.now / 1000));
  const plain = writeXml({ ToUserName: to, FromUserName: corpId, CreateTime: at, ...content });
  const { encrypt, signature, timestamp, nonce } = envelope.seal(call, plain);
  const body = writeXml({ Encrypt: encrypt, MsgSignature: signature, TimeStamp: timestamp, Nonce: nonce });
  return { status: 200, contentType: 'application/xml', body };
}
