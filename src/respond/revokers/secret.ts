export { readSecret, SecretRef } from '../../secret.ts';
