import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  type ServerSideEncryption,
  type StorageClass,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { StoredObject } from "../store.ts";
import { isGone } from "./failure.ts";
import { type Trying, withTries } from "./retry.ts";
import type { S3Settings } from "./settings.ts";

/** One bucket's requests, each tried as often as the settings say. */
export type S3Requests = ReturnType<typeof s3Requests>;

/** A multipart upload that is under way, or was left. */
export type PendingUpload = {
  readonly key: string;
  readonly id: string;
  /** In milliseconds since 1970; undefined where the service does not tell. */
  readonly begunAt: number | undefined;
};

/** The requests that the store is made of. Full keys, with the prefix of the destination. */
export function s3Requests(client: S3Client, bucket: string, settings: S3Settings, trying: Trying) {
  const { storageClass, encryption, kmsKeyId, checksums } = settings;
  const kept = {
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
    ...(encryption === undefined ? {} : { ServerSideEncryption: encryption as ServerSideEncryption }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
  };
  const url = (key: string): string => `s3://${bucket}/${key}`;
  const of = (Key: string) => ({ Bucket: bucket, Key });
  const tried = <T>(what: string, signal: AbortSignal, work: (attempt: number) => Promise<T>): Promise<T> =>
    withTries(what, trying, signal, work);

  return {
    bucket,
    url,
    put: async (key: string, body: Buffer, abortSignal: AbortSignal): Promise<void> => {
      await tried(`Writing ${url(key)}`, abortSignal, () =>
        client.send(new PutObjectCommand({ ...of(key), ...kept, Body: body, ContentLength: body.length }), {
          abortSignal,
        }),
      );
    },
    /** Begins an upload; `again` is called before it is asked for once more: the first may have come to be unheard. */
    create: async (key: string, abortSignal: AbortSignal, again: () => void): Promise<string> => {
      const what = `Beginning the upload of ${url(key)}`;
      const { UploadId } = await tried(what, abortSignal, (attempt) => {
        if (attempt > 1) again();
        const checksum = checksums === "when-required" ? {} : { ChecksumAlgorithm: "CRC32" as const };
        return client.send(new CreateMultipartUploadCommand({ ...of(key), ...kept, ...checksum }), {
          abortSignal,
        });
      });
      if (UploadId === undefined) throw new Error(`${what}: the service gave the upload no id`);
      return UploadId;
    },
    part: async (
      key: string,
      UploadId: string,
      PartNumber: number,
      body: Buffer,
      abortSignal: AbortSignal,
    ): Promise<CompletedPart> => {
      const { ETag, ChecksumCRC32 } = await tried(
        `Uploading part ${PartNumber} of ${url(key)}`,
        abortSignal,
        () =>
          client.send(
            new UploadPartCommand({
              ...of(key),
              UploadId,
              PartNumber,
              Body: body,
              ContentLength: body.length,
            }),
            { abortSignal },
          ),
      );
      return { PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) };
    },
    complete: async (
      key: string,
      UploadId: string,
      Parts: CompletedPart[],
      size: number,
      abortSignal: AbortSignal,
    ): Promise<void> => {
      await tried(`Completing the upload of ${url(key)}`, abortSignal, async (attempt) => {
        try {
          await client.send(
            new CompleteMultipartUploadCommand({ ...of(key), UploadId, MultipartUpload: { Parts } }),
            { abortSignal },
          );
        } catch (error) {
          // The answer to an earlier try was lost, and that try was carried out.
          if (attempt === 1 || !isGone(error)) throw error;
          const { ContentLength } = await client.send(new HeadObjectCommand(of(key)), { abortSignal });
          if (ContentLength !== size) throw error;
        }
      });
    },
    abort: async (key: string, UploadId: string, abortSignal: AbortSignal): Promise<void> => {
      await tried(`Aborting the upload of ${url(key)}`, abortSignal, async () => {
        try {
          await client.send(new AbortMultipartUploadCommand({ ...of(key), UploadId }), { abortSignal });
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      });
    },
    /** The uploads of keys with the prefix that are neither completed nor aborted. */
    uploads: async (prefix: string, abortSignal: AbortSignal): Promise<readonly PendingUpload[]> => {
      const found: PendingUpload[] = [];
      let from: { readonly KeyMarker?: string | undefined; readonly UploadIdMarker?: string | undefined } =
        {};
      for (;;) {
        const page = await tried(`Listing the uploads of ${url(prefix)}`, abortSignal, () =>
          client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...from }), {
            abortSignal,
          }),
        );
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (Key !== undefined && UploadId !== undefined)
            found.push({ key: Key, id: UploadId, begunAt: Initiated?.getTime() });
        }
        const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
        const further = KeyMarker !== from.KeyMarker || UploadIdMarker !== from.UploadIdMarker;
        if (page.IsTruncated !== true || KeyMarker === undefined || !further) return found;
        from = { KeyMarker, UploadIdMarker };
      }
    },
    remove: async (key: string, abortSignal: AbortSignal): Promise<void> => {
      await tried(`Removing ${url(key)}`, abortSignal, async () => {
        try {
          await client.send(new DeleteObjectCommand(of(key)), { abortSignal });
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      });
    },
    list: async (prefix: string, abortSignal: AbortSignal): Promise<readonly StoredObject[]> => {
      const found: StoredObject[] = [];
      let token: string | undefined;
      do {
        const page = await tried(`Listing ${url(prefix)}`, abortSignal, () =>
          client.send(
            new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
            {
              abortSignal,
            },
          ),
        );
        for (const { Key, Size } of page.Contents ?? []) {
          if (Key !== undefined) found.push({ key: Key, size: Size ?? 0 });
        }
        const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
        if (page.IsTruncated === true && (next === undefined || next === token))
          throw new Error(
            `Listing ${url(prefix)}: the service said that there is more, and not how to get it`,
          );
        token = next;
      } while (token !== undefined);
      return found;
    },
  };
}
