namespace Kronform.Provision.Ssh;

/// <summary>
/// What is sent to the far shell around a command. Every command runs tagged by an environment variable, which its descendants
/// inherit, so that a guard (<see cref="FarGuard"/>) finds all of them without pid files. It needs env, grep, sleep and /proc;
/// a command with input that ends needs bash and head. Every rescue system has these.
/// </summary>
internal static class FarScript
{
    private const string Variable = "KRONFORM_RUN";

    // A shell started by sshd reads .bashrc when it believes to be the outermost; the second one need not.
    private const string Tagged = $"exec env {Variable}=";

    // Announces itself only once the tag can be seen in /proc, so that ending a command that has announced itself cannot miss.
    private const string Plain =
        """
        printf "%s\n" "$2"; exec "${SHELL:-/bin/sh}" -c "$1"
        """;

    // The command reads a pipe that the feeder writes, not the channel, and the feeder passes an end of file on only when the
    // frames say so. The feeder is untagged: were it ended before the command, the command would see an end that was not meant.
    // A coprocess and not "< <(…)": that needs /dev/fd, which a rescue system without systemd has not, and bash goes on after
    // such a failure, with the channel as the command's input. Hence also the exits.
    private const string Fed =
        """
        exec 3<&0 || exit 125
        coproc FEED { exec env -u KRONFORM_RUN bash -c "$3" <&3 3<&- 2>/dev/null; }
        exec <&"${FEED[0]}" 3<&- || exit 125
        printf "%s\n" "$2"; exec "${SHELL:-/bin/sh}" -c "$1"
        """;

    // head dying of SIGPIPE (141) means that nobody reads any more, which is the command's right. Any other way out of the
    // loop is a cut stream: the command (our parent, leader of our process group) dies at once and never sees an end of file.
    private const string Feeder =
        """
        while IFS= read -r n; do
          [ "$n" = 0 ] && exit 0
          head -c "$n" || { [ $? -eq 141 ] && exit 0; break; }
        done
        kill -0 "$PPID" && kill -KILL 0
        """;

    // Answers "end TAG" with "ended TAG" once nothing with that tag is left, "alive TAG" when something survived SIGKILL
    // (blocked in the kernel). SIGTERM first, SIGKILL after 2 s. End of file without "quit" means that the connection or its
    // owner is dead: everything of this connection is ended. Nothing must be found twice: a process in the midst of exec has
    // no environment for a moment.
    private const string Guard =
        """
        trap "" HUP INT TERM PIPE
        tagged() { grep -lsz "^KRONFORM_RUN=$1" /proc/[0-9]*/environ; }
        finish() {
          n=0 quiet=0
          while [ $quiet -lt 2 ]; do
            [ $n -ge 160 ] && return 1
            found=$(tagged "$1")
            [ -n "$found" ] && quiet=0 || quiet=$((quiet+1))
            signal=
            [ $n -le 1 ] && signal=TERM
            [ $n -ge 40 ] && signal=KILL
            for p in $found; do
              p=${p#/proc/}
              [ -n "$signal" ] && kill -s $signal "${p%/environ}" 2>/dev/null
            done
            n=$((n+1))
            sleep 0.05
          done
        }
        if printf "a=1\0b=2\0" | grep -qsz "^b=2$" && [ -r /proc/self/environ ]; then echo ready; else echo unfit; fi
        while read -r verb tag; do
          case $verb in
            end) { finish "$tag\$" && echo "ended $tag" || echo "alive $tag"; } & ;;
            quit) exit 0 ;;
          esac
        done
        finish "$1-"
        """;

    /// <summary>The line that comes before the command's own output; anything before it is noise of the login shell.</summary>
    public static string Mark(string tag) => $"kronform {tag} runs";

    /// <summary>The command with the channel as its standard input.</summary>
    public static string Run(string tag, string command) =>
        $"{Tagged}{tag} SHLVL=1 /bin/sh -c {Quote(Plain)} kronform {Quote(command)} {Quote(Mark(tag))}";

    /// <summary>The command with frames (<see cref="FramedInput"/>) as its standard input.</summary>
    public static string RunFed(string tag, string command) =>
        $"{Tagged}{tag} SHLVL=1 bash -c {Quote(Fed)} kronform {Quote(command)} {Quote(Mark(tag))} {Quote(Feeder)}";

    /// <param name="session">What the tags of this connection begin with, before a dash.</param>
    public static string Watch(string session) => $"exec /bin/sh -c {Quote(Guard)} kronform-guard {session}";

    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
