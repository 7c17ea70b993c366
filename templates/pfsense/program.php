/*
 * metalsense on the firewall.
 *
 * Reads the configuration, and sets sections of the FRR package if they are still as they were read.
 * One request in, one answer out, both base64 of JSON. It keeps nothing on the firewall.
 *
 *   read     the whole configuration, and what only the running firewall knows
 *   verify   the digest, who saved last, and what FRR makes of its file
 *   apply    compare and set: locked, compared, rehearsed, saved, read back from disk, undone by
 *            itself where that is not what was meant; then FRR's files are made again
 *
 * Written for PHP 7.4 and later, and for the bases of pfSense 2.7, 2.8 and 2.9. It uses pfSense's own
 * reader and writer and never its cache: up to 2.8 that may be older than the file.
 */
final class Metalsense
{
    const PROTOCOL = 1;

    /* Seconds that a run waits for another one of ours, and for pfSense to finish a save. */
    const WAIT_OWN = 90;
    const WAIT_CONFIG = 20;

    /* What may be asked of FRR. Nothing here changes anything. */
    const SHOWS = [
        'bgp-summary' => 'show bgp summary json',
        'bgp-neighbors' => 'show bgp neighbors json',
        'bgp-ipv4' => 'show bgp ipv4 unicast json',
        'bgp-ipv6' => 'show bgp ipv6 unicast json',
        'route-ipv4' => 'show ip route bgp json',
        'route-ipv6' => 'show ipv6 route bgp json',
        'bfd-peers' => 'show bfd peers json',
        'running-config' => 'show running-config',
    ];

    /** Answers a request. $role says what the caller may ask for: `read`, or `apply` for everything. */
    public static function run($role, $request)
    {
        ob_start();
        $level = ob_get_level();
        try {
            $answer = self::answer($role, json_decode(base64_decode($request), true));
        } catch (\Throwable $error) {
            $answer = self::outcome('failed', get_class($error) . ': ' . $error->getMessage());
        }
        $echoed = '';
        while (ob_get_level() >= $level) {
            $echoed = ob_get_clean() . $echoed;
        }
        $answer += ['protocol' => self::PROTOCOL, 'now' => time(), 'echoed' => substr($echoed, 0, 500)];
        return base64_encode(json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR));
    }

    private static function answer($role, $request)
    {
        if (!is_array($request) || ($request['protocol'] ?? 0) !== self::PROTOCOL) {
            return self::outcome('unknown-protocol', 'this program speaks protocol ' . self::PROTOCOL);
        }
        switch ($request['do'] ?? '') {
            case 'read':
                return self::read();
            case 'verify':
                return self::verify($request);
            case 'apply':
                if ($role !== 'apply') {
                    return self::outcome('denied', 'this key may only read');
                }
                return self::apply($request);
        }
        return self::outcome('failed', 'no such request');
    }

    private static function outcome($outcome, $reason = '')
    {
        return ['outcome' => $outcome, 'reason' => $reason];
    }

    /* ---- reading ---- */

    private static function read()
    {
        list($bytes, $config) = self::disk();
        $interfaces = [];
        foreach (self::at($config, 'virtualip/vip', []) as $vip) {
            if (($vip['mode'] ?? '') === 'carp' && function_exists('get_carp_interface_status')) {
                $interfaces[$vip['uniqid'] ?? ''] = (string) get_carp_interface_status('_vip' . ($vip['uniqid'] ?? ''));
            }
        }
        return self::outcome('read') + self::state($config) + [
            'file' => base64_encode(gzencode($bytes)),
            'product' => (string) g_get('product_label', 'pfSense'),
            'version' => (string) g_get('product_version', ''),
            'carp' => (object) $interfaces,
            'synchronizes_to' => (string) self::at($config, 'hasync/synchronizetoip', ''),
            'frr' => self::frr(),
        ];
    }

    /* Waits for a run of ours that is under way, so that what it says is final. */
    private static function verify($request)
    {
        $own = self::hold('metalsense', self::WAIT_OWN);
        try {
            list(, $config) = self::disk();
            $shown = [];
            foreach ($request['show'] ?? [] as $name) {
                if (isset(self::SHOWS[$name])) {
                    $shown[$name] = self::vtysh('-c ' . escapeshellarg(self::SHOWS[$name]));
                }
            }
            return self::outcome('verified') + self::state($config) + ['frr' => self::frr(), 'shown' => (object) $shown];
        } finally {
            unlock($own);
        }
    }

    private static function state($config)
    {
        $revision = self::at($config, 'revision', []);
        return [
            'digest' => self::digest($config),
            'revision' => [
                'time' => (int) ($revision['time'] ?? 0),
                'username' => (string) ($revision['username'] ?? ''),
                'description' => (string) ($revision['description'] ?? ''),
            ],
        ];
    }

    /* The file FRR was given, whether FRR can parse it, which daemons it is for, and which of them run. */
    private static function frr()
    {
        $file = g_get('varetc_path', '/var/etc') . '/frr/frr.conf';
        $frr = ['installed' => self::package() !== false, 'conf' => null, 'check' => null, 'made' => 0];
        if (is_file($file)) {
            $frr['made'] = (int) filemtime($file);
            $frr['conf'] = base64_encode(gzencode((string) file_get_contents($file)));
            $frr['check'] = self::vtysh('-C -f ' . escapeshellarg($file));
        }
        $rc = '/usr/local/etc/rc.conf.d/frr';
        $frr['rc_conf'] = is_file($rc) ? (string) file_get_contents($rc) : '';
        exec('pgrep -lx "zebra|mgmtd|staticd|bgpd|bfdd|ospfd|ospf6d|ripd" 2>/dev/null', $lines);
        $frr['running'] = array_values(array_unique(array_map(function ($line) {
            return (string) preg_replace('/^\d+ /', '', $line);
        }, $lines)));
        return $frr;
    }

    private static function vtysh($arguments)
    {
        $program = is_executable('/usr/local/bin/vtysh') ? '/usr/local/bin/vtysh' : 'vtysh';
        exec("$program $arguments 2>&1", $lines, $status);
        return ['status' => $status, 'text' => base64_encode(gzencode(implode("\n", $lines)))];
    }

    private static function package()
    {
        $file = '/usr/local/pkg/frr.inc';
        return is_file($file) ? $file : stream_resolve_include_path('frr.inc');
    }

    /* ---- compare and set ---- */

    private static function apply($request)
    {
        $own = self::hold('metalsense', self::WAIT_OWN);
        try {
            if (time() > (int) $request['not_after']) {
                return self::outcome('expired', 'it arrived too late, and nothing was done');
            }
            $answer = self::locked($request);
            if ($answer['outcome'] === 'written') {
                $answer += self::activate();
            }
            return $answer;
        } finally {
            unlock($own);
        }
    }

    /*
     * Everything between reading and having read back happens under pfSense's own lock of the file, so
     * that no save of anybody else can fall in between and be lost. write_config() takes the same lock
     * and would wait for us for ever; it finds its locks below tmp_path, which therefore points to a
     * folder of our own meanwhile.
     */
    private static function locked($request)
    {
        global $g;
        $tmp = $g['tmp_path'];
        $lock = self::hold('config', self::WAIT_CONFIG);
        $own = $tmp . '/metalsense.' . bin2hex(random_bytes(8));
        try {
            if (!mkdir($own, 0700)) {
                throw new \RuntimeException("$own cannot be made");
            }
            $g['tmp_path'] = $own;
            return self::set($request, $tmp . '/config.cache');
        } finally {
            $g['tmp_path'] = $tmp;
            array_map('unlink', glob("$own/*"));
            @rmdir($own);
            unlock($lock);
        }
    }

    private static function set($request, $cache)
    {
        global $config;
        list($bytes, $before) = self::disk();
        $found = self::digest($before);
        if ($found === $request['want']) {
            return self::outcome('noop') + self::state($before);
        }
        if ($found !== $request['expect']) {
            return self::outcome('conflict') + self::state($before);
        }
        $after = self::changed($before, $request);
        $fault = self::rehearse($before, $after, $request['want'], strlen($bytes));
        if ($fault !== '') {
            return self::outcome('refused', $fault) + self::state($before);
        }

        /* Without a cache everybody reads the file; if this run is killed, that is what counts. */
        @unlink($cache);
        $saved = self::save($after, $request);
        @unlink($cache);
        $now = self::parsed();
        if (is_array($now) && self::digest($now) === $request['want'] && self::others($now) === self::others($before)) {
            $config = $now;
            return self::outcome('written') + self::state($now);
        }
        return self::back($bytes, $before, $saved, $request, $cache);
    }

    /* The configuration with sections set and deleted. Lists of pairs keep the order of new sections. */
    private static function changed($config, $request)
    {
        if (!is_array($config['installedpackages'] ?? null)) {
            $config['installedpackages'] = [];
        }
        foreach ($request['set'] as $pair) {
            $config['installedpackages'][self::section($pair[0])] = $pair[1];
        }
        foreach ($request['del'] as $name) {
            unset($config['installedpackages'][self::section($name)]);
        }
        if ($config['installedpackages'] === []) {
            $config['installedpackages'] = '';
        }
        return $config;
    }

    private static function section($name)
    {
        if (!is_string($name) || !preg_match('/^frr[a-z0-9]*$/', $name)) {
            throw new \InvalidArgumentException('a section that is not of the FRR package');
        }
        return $name;
    }

    /* Has pfSense write and read the new configuration elsewhere first: what does not come back as it
     * is must not be saved, because pfSense may then be unable to read its own file. */
    private static function rehearse($before, $after, $want, $size)
    {
        if (self::digest($after) !== $want) {
            return 'the sections do not come out as they were meant';
        }
        $room = disk_free_space(self::folder());
        if ($room !== false && $room < 4 * $size + 65536) {
            return 'there is too little room on the disk to save safely';
        }
        $file = g_get('tmp_path') . '/rehearsal.xml';
        $text = dump_xml_config($after, g_get('xml_rootobj', 'pfsense'));
        if (file_put_contents($file, $text) !== strlen($text)) {
            return 'there is too little room for temporary files';
        }
        $read = self::parsed($file);
        if (!is_array($read)) {
            return 'pfSense could not read what it would save; something in the file, perhaps a letter beyond ASCII, does not survive a save';
        }
        if (self::digest($read) !== $want) {
            return 'pfSense would read other values than it is given';
        }
        return self::others($read) === self::others($before) ? '' : 'a save would change settings that are not ours';
    }

    /* Saves as the user who logged in, so that the history names them and read-only users are refused. */
    private static function save($config_to_save, $request)
    {
        global $config;
        $config = $config_to_save;
        $over_web = !empty($_SERVER['REMOTE_ADDR']);
        if ($over_web) {
            @session_start();
        }
        $_SESSION['Username'] = $over_web ? ($_SERVER['PHP_AUTH_USER'] ?? '') : (getenv('LOGNAME') ?: 'root');
        try {
            $result = write_config((string) $request['message']);
            if ($result === false) {
                return 'denied';
            }
            return $result === -1 ? 'the file could not be written' : '';
        } catch (\Throwable $error) {
            return get_class($error) . ': ' . $error->getMessage();
        } finally {
            unset($_SESSION['Username']);
            if ($over_web) {
                @session_start();
                @session_destroy();
            }
        }
    }

    /* Puts back what was there: by pfSense's own means, or else byte for byte. */
    private static function back($bytes, $before, $saved, $request, $cache)
    {
        $reason = $saved !== '' ? $saved : 'what was read back is not what was saved';
        $same = function () use ($before) {
            $now = self::parsed();
            return is_array($now) && self::digest($now) === self::digest($before) && self::others($now) === self::others($before);
        };
        if (!$same()) {
            self::save($before, ['message' => 'metalsense: taken back'] + $request);
        }
        if (!$same()) {
            $file = self::folder() . '/config.xml';
            if (file_put_contents("$file.metalsense", $bytes) === strlen($bytes)) {
                rename("$file.metalsense", $file);
            }
        }
        @unlink($cache);
        if (!$same()) {
            return self::outcome('inconsistent', $reason);
        }
        if ($saved === 'denied') {
            return self::outcome('denied', 'this user must not save the configuration') + self::state($before);
        }
        return self::outcome('rolled_back', $reason) + self::state($before);
    }

    /* Has the package write FRR's files and reload it, which happens in the background. */
    private static function activate()
    {
        $package = self::package();
        if ($package === false) {
            return ['activated' => false, 'activation' => 'the FRR package is not installed'];
        }
        try {
            require_once $package;
            frr_generate_config();
            return ['activated' => true, 'activation' => ''];
        } catch (\Throwable $error) {
            return ['activated' => false, 'activation' => get_class($error) . ': ' . $error->getMessage()];
        }
    }

    /* ---- the file ---- */

    private static function hold($name, $seconds)
    {
        $lock = try_lock($name, $seconds);
        if (!$lock) {
            throw new \RuntimeException("the lock $name is taken; somebody else is saving");
        }
        return $lock;
    }

    private static function folder()
    {
        return g_get('cf_conf_path', '/cf/conf');
    }

    /* The bytes and what pfSense reads in them, of one and the same file. */
    private static function disk()
    {
        for ($try = 0; $try < 5; $try++) {
            $bytes = file_get_contents(self::folder() . '/config.xml');
            $config = self::parsed();
            if (is_array($config) && $bytes === file_get_contents(self::folder() . '/config.xml')) {
                return [$bytes, $config];
            }
        }
        throw new \RuntimeException('config.xml cannot be read');
    }

    private static function parsed($file = null)
    {
        try {
            return parse_xml_config($file ?? self::folder() . '/config.xml', [g_get('xml_rootobj', 'pfsense'), 'pfsense']);
        } catch (\Throwable $error) {
            return null;
        }
    }

    private static function at($value, $path, $default)
    {
        foreach (explode('/', $path) as $step) {
            if (!is_array($value) || !array_key_exists($step, $value)) {
                return $default;
            }
            $value = $value[$step];
        }
        return is_array($default) && !is_array($value) ? $default : $value;
    }

    /* SHA-256 over the package's sections in their order. metalsense computes the same. */
    private static function digest($config)
    {
        $hash = hash_init('sha256');
        foreach (self::at($config, 'installedpackages', []) as $name => $section) {
            if (strpos((string) $name, 'frr') === 0) {
                $text = self::spell($section);
                hash_update($hash, strlen((string) $name) . ":$name" . strlen($text) . ":$text");
            }
        }
        return hash_final($hash);
    }

    /* One unambiguous spelling of a value: texts, lists and branches with their lengths in front. */
    private static function spell($value)
    {
        if (!is_array($value)) {
            return 't' . strlen((string) $value) . ':' . $value;
        }
        $is_list = self::is_list($value);
        $text = ($is_list ? 'l' : 'b') . count($value) . ':';
        foreach ($value as $name => $member) {
            $text .= ($is_list ? '' : strlen((string) $name) . ":$name") . self::spell($member);
        }
        return $text;
    }

    /* No element is called 0, and of what pfSense reads only lists can be empty. */
    private static function is_list($value)
    {
        return $value === [] || array_key_exists(0, $value);
    }

    /* All that is not ours to change, without who saved last, which changes with every save. */
    private static function others($config)
    {
        unset($config['revision']);
        foreach (self::at($config, 'installedpackages', []) as $name => $section) {
            if (strpos((string) $name, 'frr') === 0) {
                unset($config['installedpackages'][$name]);
            }
        }
        return self::spell(self::settled($config));
    }

    /* What holds nothing takes pfSense two saves to settle: members and lists without anything go,
     * and a branch of nothing else becomes a text. */
    private static function settled($value)
    {
        if (!is_array($value)) {
            return (string) $value;
        }
        $is_list = self::is_list($value);
        $kept = [];
        foreach ($value as $name => $member) {
            $member = self::settled($member);
            if ($member === [] || ($is_list && $member === '')) {
                continue;
            }
            if ($is_list) {
                $kept[] = $member;
            } else {
                $kept[$name] = $member;
            }
        }
        return $kept === [] && !$is_list ? '' : $kept;
    }
}
