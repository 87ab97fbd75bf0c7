import type { SshCredential } from '../ssh-address.ts';

/** As images of Rockchip (Buildroot) and Toybrick come; published by the vendor. */
const shipped = ['rockchip', 'toybrick'];

/** Whether a board is opened with a password that everybody knows. */
export const usesVendorPassword = (credentials: readonly SshCredential[]): boolean =>
  credentials.some((credential) => credential.kind === 'password' && shipped.includes(credential.password));
