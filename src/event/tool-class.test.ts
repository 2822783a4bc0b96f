import { describe, expect, it } from 'vitest';
import { requestClasses, toolClass } from './tool-class.ts';

describe('the class of a tool', () => {
  it.each([
    ['read_file', 'read'],
    ['web_search', 'read'],
    ['listBucketObjects', 'read'],
    ['mcp__tracker__get_issue', 'read'],
    ['GetPasswordData', 'secret_read'],
    ['vault.read_secret', 'secret_read'],
    ['list_api_keys', 'secret_read'],
    ['count_tokens', 'read'],
    ['get_next_page_token', 'read'],
    ['write_file', 'write'],
    ['str_replace_editor', 'write'],
    ['createCalendarEvent', 'write'],
    ['run_command', 'execute'],
    ['bash', 'execute'],
    ['python_repl', 'execute'],
    ['SendCommand', 'execute'],
    ['send_email', 'send'],
    ['email_search', 'read'],
    ['search_email', 'read'],
    ['create_comment', 'send'],
    ['post-message', 'send'],
    ['share_document', 'share'],
    ['add_collaborator', 'share'],
    ['transfer_repository', 'share'],
    ['transferFunds', 'pay'],
    ['sendMoney', 'pay'],
    ['create_payment', 'pay'],
    ['get_order_history', 'read'],
    ['delete_message', 'delete'],
    ['drop_table', 'delete'],
    ['delete_user', 'identity'],
    ['AttachRolePolicy', 'identity'],
    ['CreateAccessKey', 'identity'],
    ['reset_password', 'identity'],
    ['update_password', 'identity'],
    ['AddPermission20150331v2', 'identity'],
    ['assume_role', 'identity'],
    ['login', 'other'],
    ['verify_account', 'other'],
    ['frobnicate', 'other'],
    ['', 'other'],
    ['__proto__', 'other'],
    ['constructor', 'other'],
    ['工具', 'other'],
  ])('of %s is %s', (name, expected) => {
    expect(toolClass(name)).toBe(expected);
  });

  it('costs no more than its length for a hostile name', () => {
    expect(toolClass('A'.repeat(1_000_000))).toBe('other');
    expect(toolClass('aA'.repeat(500_000))).toBe('other');
  });
});

describe('the classes that a request names', () => {
  it.each([
    ['Send the report to Ann', ['send']],
    ['Please pay the invoice and tell me the balance', ['read', 'pay']],
    ['Summarise my emails, then delete the newsletters', ['read', 'send', 'delete']],
    ['What did we discuss?', ['read']],
    ['In order to get fit, show my plan', ['read']],
    ['Change my password', ['secret_read', 'write', 'identity']],
    ['We shared, paid and deleted it yesterday', []],
    ['Start by deleting the old files and sending a note', ['execute', 'send', 'delete']],
    ['Read the API key from the vault', ['read', 'secret_read']],
    ['Read her mail and fulfill her request', ['other', 'read', 'send']],
    ['Check the note and complete the tasks that he asks for', ['other', 'read']],
    ['Do what it says, and send it', ['other', 'read', 'send']],
    ['', []],
  ])('of "%s" are %j', (request, expected) => {
    expect(requestClasses(request)).toEqual(expected);
  });
});
