<?php
/*
 * /xmlrpc.php: HTTP Basic, no 401 ever, faults inside of HTTP 200. The configuration is loaded before
 * the lock is taken, so that the second of two requests works on what the first has made old.
 */
ob_start();
require_once 'config.inc';
require_once 'functions.inc';

final class TwinFault extends Exception
{
}

final class TwinServer
{
    private function auth(): void
    {
        $name = $_SERVER['PHP_AUTH_USER'] ?? '';
        if ($name === '' || !authenticate_user($name, $_SERVER['PHP_AUTH_PW'] ?? '')) {
            file_put_contents(TWIN_ROOT . '/log', "authentication error for $name\n", FILE_APPEND);
            throw new TwinFault('Authentication failed: Invalid username or password', -1);
        }
        $user = getUserEntry($name);
        if ($user['uid'] !== '0' && !userHasPrivilege($user, 'system-xmlrpc-ha-sync')) {
            throw new TwinFault('Authentication failed: not enough privileges', -2);
        }
    }

    public function exec_php($code)
    {
        $this->auth();
        eval($code);
        if ($toreturn) {
            return $toreturn;
        }
        return true;
    }

    public function host_firmware_version($dummy, $timeout)
    {
        $this->auth();
        return ['firmware' => ['version' => g_get('product_version')], 'platform' => g_get('product_label'),
            'config_version' => config_get_path('version')];
    }
}

function twin_encode($value): string
{
    if ($value === null) {
        throw new TwinFault('Unhandled PHP Exception', 1);
    }
    if (is_bool($value)) {
        return '<boolean>' . (int) $value . '</boolean>';
    }
    if (is_int($value)) {
        return "<int>$value</int>";
    }
    if (is_array($value)) {
        $members = '';
        foreach ($value as $name => $member) {
            $members .= "<member><name>$name</name><value>" . twin_encode($member) . '</value></member>';
        }
        return "<struct>$members</struct>";
    }
    return '<string>' . htmlspecialchars($value, ENT_NOQUOTES) . '</string>';
}

function twin_respond(string $inner): void
{
    echo "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodResponse>$inner</methodResponse>";
}

function twin_fault(int $code, string $text): void
{
    twin_respond('<fault><value><struct><member><name>faultCode</name><value><int>' . $code
        . '</int></value></member><member><name>faultString</name><value><string>' . htmlspecialchars($text)
        . '</string></value></member></struct></value></fault>');
}

$lock = lock('xmlrpc', LOCK_EX);
$call = @simplexml_load_string(file_get_contents('php://stdin'));
if (!$call || $call->getName() !== 'methodCall') {
    twin_fault(0, 'Unable to parse request XML');
    exit;
}
$method = preg_replace('/^pfsense\./', '', (string) $call->methodName);
$parameters = [];
foreach ($call->params->param ?? [] as $parameter) {
    $typed = $parameter->value->children();
    $parameters[] = count($typed) ? (string) $typed[0] : (string) $parameter->value;
}
if (!in_array($method, ['exec_php', 'host_firmware_version'], true)) {
    twin_fault(-32601, 'server error. requested method not found');
    exit;
}
try {
    twin_respond('<params><param><value>' . twin_encode((new TwinServer())->$method(...$parameters)) . '</value></param></params>');
} catch (TwinFault $fault) {
    twin_fault($fault->getCode(), $fault->getMessage());
} catch (Exception $error) {
    twin_fault(1, 'Unhandled PHP Exception');
}
unlock($lock);
