import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { UserError } from "../../../shared/runtime/user-error.ts";

export type AwsKey = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

/** Gives the credentials, fetched anew when they are about to end. */
export type AwsKeys = () => Promise<AwsKey>;

/**
 * The credentials where every tool of AWS finds them: environment, web identity (OIDC), profiles, container, instance.
 * `addSecret` is told of what must not be shown. The result throws a UserError when there are none.
 */
export function awsKeys(addSecret: (value: string) => void): AwsKeys {
  const provide = defaultProvider();
  return async () => {
    try {
      const { accessKeyId, secretAccessKey, sessionToken } = await provide();
      for (const secret of [secretAccessKey, sessionToken ?? ""]) if (secret !== "") addSecret(secret);
      return { accessKeyId, secretAccessKey, sessionToken };
    } catch (error) {
      throw new UserError("No credentials for AWS were found.", {
        hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the step's env, or run aws-actions/configure-aws-credentials before for OIDC.",
        cause: error,
      });
    }
  };
}
