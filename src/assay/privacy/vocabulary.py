"""The words of error messages that are kept: technical ones, none that is a common name."""

from __future__ import annotations

from typing import Final

WORDS: Final = frozenset(
    """
    a aborted above absent accepted access account acknowledged action active actual adapter add
    added additional address after again against agent all allocated allocation allow allowed
    already an and another answer any api app application are argument arguments array arrays as
    assertion assistant async at attempt attempted attempts attribute audio auth authenticate
    authenticated authentication authorization authorize authorized available
    back backend backoff bad badly balance bandwidth base batch be because been before being below
    between beyond body bool boolean boundary branch broken broker browser budget buffer bug but by
    byte bytes
    cache cached call callback called caller calls can cancel canceled cancelled cancellation cannot
    capacity category cause caused certificate chain change changed channel char character
    characters charset chat check checked checksum child choice choices chunk chunked chunks class
    client close closed closing cluster code codec collection column command compatible complete
    completed completion completions component compute concurrency concurrent condition config
    configuration configure configured conflict connect connected connecting connection connections
    constraint consumed container content context continue control conversion convert copy corrupt
    corrupted could count crash crashed create created creation credential credentials credit
    credits current currently cycle
    daily data database date day days deadline deadlock debug decode decoded decoder decoding
    default deferred defined delay delete deleted delivery delta denied deny dependency deployment
    deprecated depth deserialize destination detected developer device did dictionary different
    dimension dimensions directory disabled disallowed disconnect disconnected disk dispatch
    division dns do document documents does domain done down download dropped due duplicate
    duplicated during
    each early either element elements embedding embeddings empty enable enabled encode encoded
    encoder encoding encountered end ended endpoint engine enough entity entry enum environment eof
    epoch error errors escape evaluation event events exceed exceeded exceeding exceeds except
    exception exceptions exec executable execute executed execution executor exhausted exist
    existing
    exists exit exited expect expected expecting expiration expired expires explicit export
    expression extended extension external extra
    fail failed failing fails failure failures false fatal fault feature features fetch file files
    filter filtered filtering final find finish finished first flag flagged float flush folder for
    forbidden force forced foreign format formatted forward found frame free frequency from full
    function functions
    gateway general generate generated generating generation generator get given global gpu graph
    greater group guard guardrail guardrails
    handle handled handler handshake has have head header headers health heap height hex high hit
    host hosts hour hours http https
    id identifier identity idle if ignore ignored illegal image images implemented implementation
    import in inactive include included incoming incompatible incomplete inconsistent incorrect
    increase index infinite info init initialization initialize initialized input inputs insert
    inside install instance instead instruction instructions insufficient int integer integration
    integrity interface internal interrupt interrupted interval into invalid invalidated invocation
    invoke invoked io is issue it item items iteration iterations iterator its
    job jobs join json
    keep kernel keyword kill killed kind
    label language large larger last latency layer least left length less level library license
    limit limited limits line lines link list listen literal load loaded loading local locale
    location lock locked log login long longer lookup loop lost low lower
    machine main maintenance make malformed managed manager many map mapping match matched matching
    maximum media memory merge message messages metadata method metric migration milliseconds
    minimum minute minutes mismatch missing mode model models moderation modified module month more
    most moved multiple must mutex
    name named namespace native need needed needs negative nested network never new next no node
    nodes non none not nothing null number numbers numeric
    object objects occupied occurred of off offline offset ok old on once one online only open
    opened operation operations operator option optional options or order organization origin other
    our out outdated output outputs outside over overflow overload overloaded override owner
    package packet pages parallel parameter parameters parent parse parsed parser parsing part
    partial partition pass passed path pattern pause payload peer pending per period permanent
    permission permissions permitted persist persistent pipe pipeline plan platform please plugin
    point pointer policy pool port ports position positive possible post precision precondition
    prefix preparation present prevent previous primary print priority private privilege process
    processed processes processing processor produced product production profile program project
    prompt prompts properties property protocol provide provided provider providers provisioned
    proxy public pull purchase push put python
    queries query queue queued quota
    raise raised random range ranges rate rates raw reach reached read reader readonly ready real
    reason reasoning receive received recent recognized reconnect record records recover recovered
    recovery recursion redirect reduce reference refresh refused region register registered
    registry regular reject rejected related relation release released reload remaining remote
    remove removed rename render repeated replace replaced reply report repository request requested
    requests require required requires reset resolution resolve resolved resource resources respond
    response responses restart restarted restricted result results resume retries retry retrying
    retryable return returned returns revision revoked role rollback root route router row rows rule
    rules run runner running runs runtime
    safety same sample sampling sandbox save scale scan schedule scheduled scheduler schema scheme
    scope script search second seconds secret section secure security see segment select selected
    selection self send sender sending sent separator sequence serial serialization serialize
    serializable series server servers service services session sessions set setting settings setup
    shard shape shared short should shutdown sign signal signature signed simultaneous size
    skipped slot slow small snapshot so socket some soon source space span special specification
    specified speed split sql ssl stack stage stale standard start started starting startup state
    statement static status step steps stop stopped storage store stored stream streaming streams
    strict string strings structure structured stuck style subject submit subscription success
    successful such suffix supplied support supported supports suspended switch symbol sync
    synchronization syntax system
    table tables tag tags target task tasks template temporarily temporary tenant terminate
    terminated termination test text than that the their them then there these they thinking this
    thread threads three threshold throttle throttled throttling through tier time timed timeout
    timeouts times timestamp tls to together token tokens too tool tools top total trace traceback
    traffic trailing transaction transfer transform transient transport tree triggered true
    truncated
    try trying tunnel tuple turn twice two type types
    unable unauthorized unavailable unbound uncaught undefined under unexpected unhandled unicode
    unique unit unknown unless unlock unprocessable unreachable unreadable unrecognized unresolved
    unsupported until unusual up update updated upgrade upload upstream uri url usage use used user
    users uses using
    valid validate validated validation value values variable variables variant vector verification
    verified verify version versions via vision volume
    wait waited waiting warning was we websocket week were when where whether which while width
    window with within without word words work worker workers workflow workspace would write writer
    writing written wrong
    xml yaml yes yet you your zero zone
    """.split()  # noqa: SIM905  one word a line would be 900 lines
)
"""In lower case; names such as 'mark', 'max', 'grant' are left out."""

PARTS: Final = WORDS | frozenset(
    """
    arithmetic attr auto base64 cpu cuda decimal econnrefused econnreset enoent env errno etimedout
    fields grpc gzip html jwt key keys llm lookup max min mib msg mtok nan oauth oom os oserror
    page pdf png rpm sse stop stderr stdin stdout sys tcp skip tpm udp unix utf var zip zlib
    """.split()  # noqa: SIM905  one word a line would be 900 lines
)
"""Words that are kept as a part of a compound, `max_tokens` or `KeyError` say."""

STATUSES: Final = frozenset(
    (
        *range(400, 419),
        *range(421, 427),
        *(428, 429, 431, 451, 460, 498, 499),
        *range(500, 509),
        *(510, 511, 529, 530, 598, 599),
        *range(520, 528),
    )
)
"""Status codes of HTTP that tell a failure, with those of common gateways and providers."""
