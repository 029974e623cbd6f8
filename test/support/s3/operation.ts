/** A request in the words of the S3 API. */
export type Operation = {
  readonly name: OperationName;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
};

export type OperationName =
  | "PutObject"
  | "GetObject"
  | "HeadObject"
  | "DeleteObject"
  | "ListObjectsV2"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "ListMultipartUploads";

/** Names a request addressed by path; `undefined` for what the fake does not know. */
export function operationOf(method: string, url: string): Operation | undefined {
  const { pathname, searchParams: query } = new URL(url, "http://s3.invalid");
  const [, bucket = "", ...rest] = pathname.split("/").map(decodeURIComponent);
  const key = rest.join("/");
  const name = nameOf(method, key, query);
  return name === undefined ? undefined : { name, bucket, key, query };
}

function nameOf(method: string, key: string, query: URLSearchParams): OperationName | undefined {
  if (key === "") {
    if (method !== "GET") return undefined;
    if (query.get("list-type") === "2") return "ListObjectsV2";
    return query.has("uploads") ? "ListMultipartUploads" : undefined;
  }
  const upload = query.has("uploadId");
  switch (method) {
    case "PUT":
      return upload ? "UploadPart" : "PutObject";
    case "GET":
      return "GetObject";
    case "HEAD":
      return "HeadObject";
    case "DELETE":
      return upload ? "AbortMultipartUpload" : "DeleteObject";
    case "POST":
      if (upload) return "CompleteMultipartUpload";
      return query.has("uploads") ? "CreateMultipartUpload" : undefined;
    default:
      return undefined;
  }
}
