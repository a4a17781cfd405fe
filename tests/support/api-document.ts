import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';
import type { Right } from '../../domain/roles';

/** The part of JSON Schema that the API's document uses. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** One answer as it came over the wire. */
export interface RawReply {
  readonly status: number;
  /** Without parameters such as the charset. */
  readonly type: string;
  readonly text: string;
}

/** One operation, as a program that knows nothing but `openapi.json` sees it. */
export interface DescribedOperation {
  /** `POST /api/v1/experts/{id}/publish`. */
  readonly name: string;
  readonly method: string;
  /** Below the origin, names in braces. */
  readonly path: string;
  readonly right: Right | undefined;
  /** For callers without a key. */
  readonly isOpen: boolean;
  readonly query: Readonly<Record<string, Schema>>;
  /** Headers that it cannot do without, as far as the document says their value. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly type: string; readonly schema: Schema } | undefined;
  readonly statuses: readonly number[];
  /** Whether a call fits what is said about query and body. */
  fits(query: Readonly<Record<string, unknown>>, body: unknown): boolean;
  /** Where an answer is not as it is said to be. */
  complaints(reply: RawReply): string[];
}

/** Everything that `openapi.json` says. */
export interface ApiDocument {
  readonly operations: readonly DescribedOperation[];
  /** By name: `Settings.lark.webhook`. */
  readonly schemas: Readonly<Record<string, Schema>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
}

interface Reference {
  readonly $ref: string;
}

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Item {
  readonly parameters: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response | Reference>>;
  readonly security?: readonly object[];
  readonly 'x-parley-right'?: Right;
}

interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

/** Answers with what does not fit. */
type Check = (value: unknown) => readonly string[];

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const PROBLEM = 'application/problem+json';

/** Takes `openapi.json` apart. */
export function readDocument(given: unknown): ApiDocument {
  const document = given as Document;
  const operations = Object.entries(document.paths).flatMap(([path, item]) => {
    const servers = (item.servers ?? document.servers) as Document['servers'];
    const base = new URL(servers[0]!.url).pathname.replace(/\/$/, '');
    return METHODS.flatMap((method) =>
      item[method] ? [describeOperation(document, method.toUpperCase(), `${base}${path}`, item[method] as Item)] : [],
    );
  });
  return { operations, schemas: document.components.schemas };
}

function describeOperation(document: Document, method: string, path: string, item: Item): DescribedOperation {
  const parameters = item.parameters.map((one) => resolve(document.components.parameters, one));
  const asked = parameters.filter((one) => one.in === 'query');
  const headers = parameters.filter((one) => one.in === 'header' && one.required).map(({ name, schema }) => [name, String(schema.const)]);
  const query = Object.fromEntries(asked.map(({ name, schema }) => [name, schema]));
  const required = asked.filter((one) => one.required).map(({ name }) => name);
  const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(item.requestBody?.content ?? {});
  const fitsQuery = compile(document, { type: 'object', properties: query, required }, coercing);
  const fitsBody = compile(document, schema);
  const responses = new Map(
    Object.entries(item.responses).map(([status, response]) => [Number(status), resolve(document.components.responses, response)]),
  );
  const checks = new Map<string, Check>();
  for (const [status, { content = {} }] of responses)
    for (const [media, { schema: said }] of Object.entries(content)) checks.set(`${status} ${media}`, compile(document, said));

  return {
    ...{ name: `${method} ${path}`, method, path, right: item['x-parley-right'], isOpen: item.security?.length === 0, query },
    headers: Object.fromEntries(headers),
    body: item.requestBody && { type, schema },
    statuses: [...responses.keys()],
    fits: (given, body) => fitsQuery({ ...given }).length === 0 && (!item.requestBody || fitsBody(body).length === 0),
    complaints({ status, type: media, text }) {
      const said = responses.get(status);
      if (!said) return [`the status ${status} is not documented`];
      if (!said.content) return text === '' ? [] : ['it has a body, and none is documented'];
      const name = media in said.content ? media : '*/*';
      const check = checks.get(`${status} ${name}`);
      if (!check) return [`with ${status} the content type "${media}" is not documented`];
      const body = /[/+]json$/.test(media) ? parsed(text) : text;
      const unfit = check(body).map((one) => `in the answer ${one}`);
      return status >= 400 && media === PROBLEM ? [...unfit, ...problemComplaints(status, body)] : unfit;
    },
  };
}

/** A refusal says the same as its status, by a name for programs. */
function problemComplaints(status: number, body: unknown): string[] {
  const { type, status: told } = (body ?? {}) as { readonly type?: unknown; readonly status?: unknown };
  return [
    ...(typeof type === 'string' && /^urn:parley:[a-z][a-z_]*$/.test(type) ? [] : [`the problem's type is ${JSON.stringify(type)}`]),
    ...(told === status ? [] : [`the problem says ${JSON.stringify(told)} and the status ${status}`]),
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function resolve<T extends object>(components: Readonly<Record<string, T>>, given: T | Reference): T {
  if (!('$ref' in given)) return given;
  const found = components[given.$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`Nothing stands at ${given.$ref}`);
  return found;
}

/** Formats are not looked at: each stands beside a pattern that says the same. */
const options = { strict: false, validateFormats: false, validateSchema: false, logger: false } as const;
const plain = new Ajv2020(options);
/** What stands in an address is text. */
const coercing = new Ajv2020({ ...options, coerceTypes: true });

/** Made when it is first used: most answers are never given. */
function compile({ components }: Document, schema: object, ajv: Ajv2020 = plain): Check {
  let validate: ValidateFunction | undefined;
  return (value) => {
    // The forms of settings are long, and no answer refers to one.
    validate ??= ajv.compile({ ...schema, components: { schemas: { Problem: components.schemas.Problem } } });
    return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
  };
}
