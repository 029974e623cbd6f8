import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Received } from "../../support/http-server.ts";
import { type Aws, startAws } from "../../support/providers/aws.ts";
import { isRightlySigned, readSignature } from "../../support/providers/aws-signature.ts";

const received = (method: string, url: string, headers: Record<string, string>): Received => {
  return { method, url, headers, body: Buffer.alloc(0), servername: undefined };
};
const authorization = (credential: string, headers: string, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${headers}, Signature=${signature}`;

// Both worked examples come from the AWS documentation (Signature Version 4; Amazon S3, "Authenticating requests").
const examples = {
  "a query": {
    request: received("GET", "/?Action=ListUsers&Version=2010-05-08", {
      authorization: authorization(
        "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
        "content-type;host;x-amz-date",
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
      ),
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      host: "iam.amazonaws.com",
      "x-amz-date": "20150830T123600Z",
    }),
    secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  },
  "an object": {
    request: received("GET", "/test.txt", {
      authorization: authorization(
        "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
      ),
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "x-amz-date": "20130524T000000Z",
    }),
    secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  },
};

describe("the check of AWS signatures", () => {
  describe.each(Object.entries(examples))(
    "of the documented example for %s",
    (_name, { request, secret }) => {
      const verdict = (changed: Received, by = secret) => {
        const signed = readSignature(changed);
        return signed !== undefined && isRightlySigned(changed, signed, by);
      };

      it("takes it", () => expect(verdict(request)).toBe(true));

      it.each<[string, Partial<Received>]>([
        ["method", { method: "POST" }],
        ["address", { url: `${request.url}x` }],
        ["host", { headers: { ...request.headers, host: "evil.example" } }],
        ["date", { headers: { ...request.headers, "x-amz-date": "20150830T123601Z" } }],
        ["body", { body: Buffer.from("x") }],
        [
          "session token, which is not signed",
          { headers: { ...request.headers, "x-amz-security-token": "t" } },
        ],
      ])("refuses it with another %s", (_what, change) => {
        expect(verdict({ ...request, ...change })).toBe(false);
      });

      it("refuses it with another secret, and half of its header", () => {
        expect(verdict(request, `${secret}x`)).toBe(false);
        expect(
          readSignature({ ...request, headers: { authorization: "AWS4-HMAC-SHA256 Credential=a" } }),
        ).toBeUndefined();
      });
    },
  );
});

describe("the fake of AWS", () => {
  const account = "210987654321";
  let aws: Aws;
  beforeAll(async () => {
    aws = await startAws({
      account,
      keys: {
        AKIATESTTESTTEST0001: { secret: "one", lists: ["backups"] },
        AKIATESTTESTTEST0002: { secret: "two" },
        ASIATESTTESTTEST0003: { secret: "three", sessionToken: "session" },
        ASIATESTTESTTEST0004: { secret: "four", sessionToken: "session", expired: true },
      },
      buckets: { backups: "eu-central-1" },
    });
  });
  afterAll(() => aws.stop());

  const client = (accessKeyId: string, secretAccessKey: string, sessionToken = "") =>
    new AwsClient({ accessKeyId, secretAccessKey, sessionToken, retries: 0 });
  const whoAmI = async (by: AwsClient) => {
    const url = `${aws.origin}/?Action=GetCallerIdentity&Version=2011-06-15`;
    const response = await by.fetch(url, { aws: { service: "sts", region: "us-east-1" } });
    return `${response.status} ${/<(Code|Account)>(.*?)</.exec(await response.text())?.[2]}`;
  };
  const look = async (by: AwsClient, bucket: string, region = "eu-central-1") => {
    const response = await by.fetch(`${aws.origin}/${bucket}`, {
      method: "HEAD",
      aws: { service: "s3", region },
    });
    return `${response.status} ${response.headers.get("x-amz-bucket-region")}`;
  };

  it("tells who a key belongs to, and why it is refused", async () => {
    expect(await whoAmI(client("AKIATESTTESTTEST0001", "one"))).toBe(`200 ${account}`);
    expect(await whoAmI(client("AKIATESTTESTTEST0001", "two"))).toBe("403 SignatureDoesNotMatch");
    expect(await whoAmI(client("AKIATESTTESTTEST0009", "one"))).toBe("403 InvalidClientTokenId");
    expect(await whoAmI(client("ASIATESTTESTTEST0003", "three", "session"))).toBe(`200 ${account}`);
    expect(await whoAmI(client("ASIATESTTESTTEST0003", "three"))).toBe("403 InvalidClientTokenId");
    expect(await whoAmI(client("ASIATESTTESTTEST0004", "four", "session"))).toBe("403 ExpiredToken");
  });

  it("refuses a request without a signature, or with an old one", async () => {
    const url = `${aws.origin}/?Action=GetCallerIdentity&Version=2011-06-15`;
    expect(await (await fetch(url)).text()).toContain("MissingAuthenticationToken");
    const request = await client("AKIATESTTESTTEST0001", "one").sign(url, {
      aws: { service: "sts", region: "us-east-1", datetime: "20200101T000000Z" },
    });
    expect(await (await fetch(request)).text()).toContain("Signature expired");
  });

  it("distrusts a right signature as often as it is told to", async () => {
    const good = client("AKIATESTTESTTEST0001", "one");
    aws.distrust(1);
    expect([await whoAmI(good), await whoAmI(good)]).toEqual(["403 SignatureDoesNotMatch", `200 ${account}`]);
  });

  it("answers HEAD of a bucket by status and region alone", async () => {
    const [good, poor] = [client("AKIATESTTESTTEST0001", "one"), client("AKIATESTTESTTEST0002", "two")];
    expect(await look(good, "backups")).toBe("200 eu-central-1");
    expect(await look(good, "elsewhere")).toBe("404 null");
    expect(await look(good, "backups", "us-east-1")).toBe("400 eu-central-1");
    expect(await look(poor, "backups")).toBe("403 eu-central-1");
    expect(await look(client("AKIATESTTESTTEST0001", "two"), "backups")).toBe("403 eu-central-1");
    expect(aws.effects).toEqual([]);
  });

  it("says why to whoever asks for a list instead", async () => {
    const list = async (by: AwsClient, bucket: string, region = "eu-central-1") => {
      const url = `${aws.origin}/${bucket}?list-type=2&max-keys=0`;
      const response = await by.fetch(url, { aws: { service: "s3", region } });
      return `${response.status} ${/<Code>(.*?)</.exec(await response.text())?.[1]}`;
    };
    const [good, poor] = [client("AKIATESTTESTTEST0001", "one"), client("AKIATESTTESTTEST0002", "two")];
    expect(await list(good, "backups")).toBe("200 undefined");
    expect(await list(good, "elsewhere")).toBe("404 NoSuchBucket");
    expect(await list(good, "backups", "us-east-1")).toBe("400 AuthorizationHeaderMalformed");
    expect(await list(poor, "backups")).toBe("403 AccessDenied");
    expect(await list(client("AKIATESTTESTTEST0001", "two"), "backups")).toBe("403 SignatureDoesNotMatch");
    expect(await list(client("AKIATESTTESTTEST0009", "one"), "backups")).toBe("403 InvalidAccessKeyId");
    expect(await list(client("ASIATESTTESTTEST0004", "four", "session"), "backups")).toBe("400 ExpiredToken");
    expect(aws.effects).toEqual([]);
    await good.fetch(`${aws.origin}/backups/x`, {
      method: "PUT",
      aws: { service: "s3", region: "eu-central-1" },
    });
    expect(aws.effects).toEqual(["PUT of the bucket"]);
  });
});
