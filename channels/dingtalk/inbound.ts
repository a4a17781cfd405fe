import { type Address, type InboundEvent, isCardAction } from '../../domain/event';
import { type Fields, fields, readContent, text } from './content';
import { turnIdOf } from './reply';

/** What came around a payload: the push's own id, which is new with each redelivery, and its time in milliseconds. */
export interface Envelope {
  readonly id: string;
  readonly at: number;
}

/** Reads a robot message, as pushed or posted; undefined for what names no message, chat or person. */
export function message(payload: unknown, envelope: Envelope): InboundEvent | undefined {
  const body = fields(payload);
  const chatId = text(body.conversationId);
  const staffId = text(body.senderStaffId);
  const senderId = staffId ?? text(body.senderId);
  const id = text(body.msgId) ?? envelope.id;
  if (!chatId || !senderId || !id) return undefined;
  const isPrivate = String(body.conversationType ?? '1') === '1';
  const name = text(body.senderNick);
  const { text: said, attachments, quote } = readContent(body);
  const forAll = !isPrivate && (body.isAtAll === true || /^@(所有人|all(?=\s|$))/i.test(said));
  return {
    kind: 'message',
    id,
    at: milliseconds(body.createAt) || envelope.at,
    address: { chatId, kind: isPrivate ? 'private' : 'group', replyTo: id, ...handlesOf(body, staffId) },
    sender: { id: senderId, ...(name ? { name } : {}), ...(staffId ? {} : { external: true }) },
    text: said,
    // Where everybody is named DingTalk does not say whether the robot is named too.
    forBot: isPrivate || (!forAll && isNamed(body)),
    ...(forAll ? { forAll } : {}),
    attachments,
    ...(quote ? { quote } : {}),
  };
}

// A robot hears nothing in groups but what names it; only where DingTalk says otherwise is it believed.
const isNamed = ({ isInAtList, atUsers, chatbotUserId }: Fields): boolean =>
  isInAtList !== false || (Array.isArray(atUsers) && atUsers.some((user: unknown) => fields(user).dingtalkId === chatbotUserId));

/** What answering needs later: the address that takes answers for some 90 minutes, and the person, to whom private messages are sent. */
function handlesOf(body: Fields, staffId: string | undefined): Pick<Address, 'handles'> {
  const sessionWebhook = text(body.sessionWebhook);
  const expires = milliseconds(body.sessionWebhookExpiredTime);
  const handles = {
    ...(sessionWebhook && expires ? { sessionWebhook, expires: String(expires) } : {}),
    ...(staffId ? { staffId } : {}),
  };
  return Object.keys(handles).length > 0 ? { handles } : {};
}

/** Reads a press on a card; undefined for cards and buttons that are not ours. */
export function action(payload: unknown, envelope: Envelope): InboundEvent | undefined {
  const body = fields(payload);
  const pressed = fields(fields(body.content).cardPrivateData);
  const params = fields(pressed.params);
  const name = text(params.action) ?? (Array.isArray(pressed.actionIds) ? text(pressed.actionIds[0]) : undefined);
  const senderId = text(body.userId);
  const target = text(params.turnId) ?? turnIdOf(text(body.outTrackId) ?? '');
  if (!isCardAction(name) || !senderId || !target || !envelope.id) return undefined;
  const detail = text(params.detail) ?? text(params.reason);
  const isGroup = /GROUP/.test(String(body.spaceType ?? '')) || /IM_GROUP/.test(String(body.spaceId ?? ''));
  return {
    kind: 'action',
    id: envelope.id,
    at: envelope.at,
    address: { chatId: text(body.spaceId)?.replace(/^.*IM_(GROUP|ROBOT)\./, '') ?? senderId, kind: isGroup ? 'group' : 'private' },
    sender: { id: senderId },
    text: '',
    forBot: true,
    attachments: [],
    action: name,
    ...(detail ? { detail } : {}),
    target,
  };
}

function milliseconds(value: unknown): number {
  const time = Number(value);
  return Number.isFinite(time) && time > 0 ? Math.floor(time) : 0;
}
