import { randomUUID } from 'node:crypto';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { bytesOf, factsOf, keepFile } from '../channels/sandbox/files';
import { Refusal } from '../domain/errors';
import type { Attachment } from '../domain/event';
import type { Integration } from '../store/integrations';
import { checkFields, text, verbatim } from './api/checking';
import type { GatewayDeps } from './deps';

/** More than an expert gets by default, so that a file beyond the limit can be tried. */
const MOST_BYTES = 30 * 2 ** 20;

const fileName = text(200);
export const uploadQuery = z.object({ name: fileName });
export const uploadAnswer = z.object({ fileId: z.uuid(), name: z.string(), mime: z.string(), size: z.int() });

const kinds = ['image', 'file', 'audio', 'video', 'sticker', 'location', 'card'] as const satisfies readonly Attachment['kind'][];

/** What a sandbox message carries: an uploaded file, or only words (a place, a transcript). Name and type may be claimed to be others. */
export const attachmentBody = z.strictObject({
  fileId: z.uuid().optional(),
  kind: z.enum(kinds).optional(),
  name: fileName.optional(),
  mime: verbatim(100).optional(),
  text: verbatim(10_000).optional(),
});

/** Whether a call below `/api/v1` carries a file instead of JSON. */
export const isUpload = (method: string | undefined, url: string | undefined): boolean =>
  method === 'POST' && /^\/sandbox\/[^/]+\/files(\?|$)/.test(url ?? '');

/** Uploads, and files to look at. @param find the integration a route names; throws a Refusal 404 */
export function addFileRoutes(router: Router, deps: GatewayDeps, find: (id: string, response: Response) => Promise<Integration>): void {
  router.post('/:integrationId/files', async (request, response) => {
    await takeUpload(deps, await find(request.params.integrationId, response), request, response);
  });
  router.get('/:integrationId/files/:fileId', async (request, response) => {
    await giveFile(deps, await find(request.params.integrationId, response), request.params.fileId, response);
  });
}

async function takeUpload(deps: GatewayDeps, integration: Integration, request: Request, response: Response): Promise<void> {
  const { name } = checkFields(uploadQuery, request.query);
  const bytes = await bodyOf(request);
  const fileId = randomUUID();
  const facts = { name, mime: request.headers['content-type'] ?? 'application/octet-stream', size: bytes.length };
  await keepFile(deps.portsFor(integration), fileId, facts, bytes);
  response.status(201).json({ fileId, ...facts });
}

async function bodyOf(request: Request): Promise<Buffer> {
  const tooLarge = () => new Refusal(413, 'too_large', `The sandbox takes files of at most ${MOST_BYTES / 2 ** 20} MB.`);
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const SHOWN = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** People's files never run as pages of ours: images are shown, everything else is saved. */
async function giveFile(deps: GatewayDeps, integration: Integration, fileId: string, response: Response): Promise<void> {
  const ports = deps.portsFor(integration);
  const facts = z.uuid().safeParse(fileId).success ? await factsOf(ports, fileId) : undefined;
  const bytes = facts && (await bytesOf(ports, fileId));
  if (!facts || !bytes) throw new Refusal(404, 'not_found', 'There is no such file.');
  const shown = SHOWN.includes(facts.mime);
  response
    .status(200)
    .set({
      'content-type': shown ? facts.mime : 'application/octet-stream',
      'content-disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(facts.name).replace(/['()*]/g, '')}`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=3600',
    })
    .send(bytes);
}

/** What the message's attachments are to Parley. @throws Refusal 422 for a file that was not uploaded */
export function attachmentsOf(
  deps: GatewayDeps,
  integration: Integration,
  given: readonly z.infer<typeof attachmentBody>[],
): Promise<readonly Attachment[]> {
  const ports = deps.portsFor(integration);
  return Promise.all(
    given.map(async ({ fileId, kind, name, mime, text }, index): Promise<Attachment> => {
      const facts = fileId === undefined ? undefined : await factsOf(ports, fileId);
      if (fileId !== undefined && !facts)
        throw new Refusal(422, 'invalid', 'Some fields do not fit.', [
          { path: `attachments.${index}.fileId`, message: 'was not uploaded here' },
        ]);
      const claimed = mime ?? facts?.mime;
      const called = name ?? facts?.name;
      return {
        ...{ kind: kind ?? kindOf(claimed), ref: fileId ?? '' },
        ...(called !== undefined && { name: called }),
        ...(claimed !== undefined && { mime: claimed }),
        ...(facts && { size: facts.size }),
        ...(text !== undefined && { text }),
      };
    }),
  );
}

function kindOf(mime = ''): Attachment['kind'] {
  const [major] = mime.split('/');
  return major === 'image' || major === 'audio' || major === 'video' ? major : 'file';
}
