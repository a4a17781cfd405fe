import { z } from 'zod';

const address = z
  .string()
  .trim()
  .max(2000)
  .refine(
    (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    'must be a whole URL such as https://example.com/hook',
  );

/** The settings of each way an alert can go out, as stored and as given. */
export const alertConfigs = {
  webhook: z.strictObject({
    url: address.meta({ title: 'Address' }),
    secret: z
      .string()
      .max(200)
      .optional()
      .meta({ secret: true, title: 'Secret', description: 'Signs each call as Standard Webhooks does; `whsec_…` or any text' }),
  }),
  mail: z.strictObject({ to: z.array(z.email('must be an e-mail address').max(320)).min(1).max(20).meta({ title: 'Addresses' }) }),
  chat: z.strictObject({
    integrationId: z.uuid().meta({ title: 'Integration' }),
    chatId: z.string().trim().min(1).max(200).meta({ title: 'Chat', description: "The platform's id of the chat" }),
    chatKind: z.enum(['group', 'private']).default('group').meta({ title: 'Kind of chat' }),
  }),
} as const;

export type AlertConfigs = { readonly [Name in keyof typeof alertConfigs]: z.output<(typeof alertConfigs)[Name]> };
