const { createHmac, timingSafeEqual } = require('node:crypto');
const { z } = require('zod');

const config = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({ title: 'Where answers are posted' }),
  secret: z.string().min(16).meta({ title: 'Shared secret of both directions', secret: true }),
});
const posted = z.object({ id: z.string().min(1).max(200), user: z.string().min(1).max(200), text: z.string().max(100_000) });

const signatureOf = (secret, body) => createHmac('sha256', secret).update(body).digest('hex');

function isSigned(secret, given, body) {
  const [ours, theirs] = [Buffer.from(signatureOf(secret, body)), Buffer.from(given ?? '')];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

/** Parley knows errors of packages by `name`, `code`, `retryable`, `retryAfterMs` and, for refusals, `status`. */
const failure = (name, code, message, more) => Object.assign(new Error(message), { name, code, ...more });

async function post({ url, secret }, message, { budget, called }, priority) {
  await budget.take('post', 20, priority);
  const body = JSON.stringify(message);
  const headers = { 'content-type': 'application/json', 'x-outbox-signature': signatureOf(secret, body) };
  const options = { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(10_000) };
  const response = await fetch(url, options).catch(() => undefined);
  called(response?.ok ? 'ok' : 'error');
  if (response?.ok) return;
  if (!response) throw failure('ChannelError', 'unreachable', 'The outbox cannot be reached.', { retryable: true });
  if (response.status === 401) throw failure('ChannelError', 'bad_credentials', 'The outbox refused the signature: check the secret.');
  if (response.status >= 500) throw failure('ChannelError', 'server_error', 'The outbox reported an error.', { retryable: true });
  throw failure('ChannelError', 'refused', `The outbox answered ${response.status}.`);
}

/** The shape is `Channel` of Parley's `channels/channel.ts`. Each call carries the whole reply so far; its `id` stays the same. */
exports.channel = {
  name: 'acme-outbox',
  title: { en: 'Outbox (Acme)', zh: '发件箱（Acme）' },
  modes: [{ name: 'webhook', title: { en: 'Webhook', zh: '回调' }, recommended: true, way: 'receive', config }],
  abilities: {
    ...{ cards: false, streaming: true, updateEveryMs: 1000, maxTextBytes: 100_000, buttons: false, reactions: false },
    ...{ sends: [], repliesThroughConnection: false },
  },

  async probe(settings) {
    const ports = { budget: { take: async () => undefined }, called: () => undefined };
    const error = await post(settings, { kind: 'probe' }, ports, 'first').then(
      () => undefined,
      (thrown) => thrown,
    );
    const detail = error ? error.message : 'The outbox took a signed call.';
    return { ok: !error, checks: [{ name: 'credentials', ok: !error, detail, mend: error ? 'Check the address and the secret.' : '' }] };
  },

  messenger(settings, ports) {
    const show = async (reply, { state, text, reason }, priority) => {
      const words = [text, reason].filter(Boolean).join('\n\n');
      await post(settings, { kind: 'reply', id: reply.turn.id, user: reply.to.chatId, state, text: words }, ports, priority);
      return reply;
    };
    return {
      async beginReply(to, turn, view, saved, save) {
        const reply = { turn, to, data: {} };
        await save(reply);
        return saved ? reply : await show(reply, view, 'first');
      },
      updateReply: (reply, view) => show(reply, view(), 'frame'),
      finishReply: (reply, view) => show(reply, view, 'last'),
      say: (to, text, key) => post(settings, { kind: 'notice', id: key, user: to.chatId, text }, ports, 'last'),
    };
  },

  async receive(settings, { method, headers, body, now }, deliver) {
    if (!isSigned(settings.secret, headers['x-outbox-signature'], body))
      throw failure('Refusal', 'bad_signature', 'The signature does not fit: check the secret.', { status: 401 });
    const message = method === 'POST' ? read(body) : undefined;
    if (!message) throw failure('Refusal', 'malformed', 'This is no message of the outbox.', { status: 400 });
    const { id, user, text } = message;
    const address = { chatId: user, kind: 'private' };
    await deliver({ kind: 'message', id, at: now, address, sender: { id: user }, text, forBot: true, attachments: [] });
    return { status: 200 };
  },
};

function read(body) {
  try {
    return posted.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
