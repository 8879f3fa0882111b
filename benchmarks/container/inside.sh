# Runs what the image would, in the mounted image, in new namespaces of network, mounts and processes: inside.sh FOLDER
set -eu
root=$1
ip link set lo up
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/data"
chown 10001:10001 "$root/data"
mount -o remount,bind,ro "$root"

run() {
    chroot --userspec=10001:10001 --groups=10001 "$root" env -i HOME=/data PATH=/opt/tutelage/bin:/usr/local/bin:/usr/bin:/bin \
        HF_HUB_OFFLINE=1 PYTHONDONTWRITEBYTECODE=1 sh -c 'cd /data && exec "$@"' - "$@"
}
ask() {
    run python3 -c "import sys, urllib.request as u; print(u.urlopen(*sys.argv[1:2], sys.argv[2].encode() or None, 50).read().decode())" "$@"
}

echo "user: $(run id -u)"
if run touch /opt/written 2> "$root/data/refused"; then echo "FAILED: /opt can be written"; exit 1; fi
run tutelage --version
key=$(run tutelage feedback key me)
run tutelage serve embedded:en-pt --host 0.0.0.0 --follow runs > "$root/data/said" 2>&1 &
until ask http://127.0.0.1:5000/health "" 2> "$root/data/refused"; do kill -0 $! && sleep 1; done
ask http://127.0.0.1:5000/translate "q=Open the file.&source=en&target=pt&api_key=$key"
echo "files: $(run ls runs | tr '\n' ' ')"
