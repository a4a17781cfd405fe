import { parse } from 'protobufjs';

const { root } = parse(
  `
syntax = "proto2";
package pbbp2;
message Header { required string key = 1; required string value = 2; }
message Frame {
  required uint64 SeqID = 1;
  required uint64 LogID = 2;
  required int32 service = 3;
  required int32 method = 4;
  repeated Header headers = 5;
  optional string payloadEncoding = 6;
  optional string payloadType = 7;
  optional bytes payload = 8;
  optional string LogIDNew = 9;
}`,
  { keepCase: true },
);

const type = root.lookupType('pbbp2.Frame');

export interface Frame {
  readonly method: 'control' | 'data';
  readonly service: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

interface Wire {
  readonly service: number;
  readonly method: number;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  readonly payload?: Uint8Array;
}

export function encode({ method, service, headers, payload }: Frame): Uint8Array {
  const fields = Object.entries(headers).map(([key, value]) => ({ key, value }));
  const wire = { SeqID: 0, LogID: 0, service, method: method === 'control' ? 0 : 1, headers: fields, payload };
  return type.encode(type.create(wire)).finish();
}

export function decode(bytes: Uint8Array): Frame {
  const wire = type.decode(bytes) as unknown as Wire;
  return {
    method: wire.method === 0 ? 'control' : 'data',
    service: wire.service,
    headers: Object.fromEntries(wire.headers.map(({ key, value }) => [key, value])),
    payload: Buffer.from(wire.payload ?? []),
  };
}
