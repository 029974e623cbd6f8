import { endpointName } from "../net/dial.ts";
import { remoteLine } from "../runtime/remote-text.ts";
import { UserError, UserErrors } from "../runtime/user-error.ts";
import { type DatabaseAddress, describeAddress } from "./address.ts";
import { NoChannelBinding } from "./client.ts";
