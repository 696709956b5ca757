#include "support/torture_messages.h"

namespace tandem::test {
namespace {

constexpr const char* kSdp =
    "v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\nm=audio 49217 RTP/AVP 0 12\r\n"
    "m=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n";

std::string with_body(const std::string& head, const std::string& body = kSdp) {
  return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string lines(std::initializer_list<std::string> all) {
  std::string text;
  for (const auto& line : all) text += line + "\r\n";
  return text;
}

// What most of them share.
std::string common(const std::string& method, const std::string& uri, const std::string& id, const std::string& extra = {}) {
  return lines({method + " " + uri + " SIP/2.0", "Via: SIP/2.0/@T@ 192.0.2.1;rport;branch=z9hG4bK" + id, "Max-Forwards: 70",
                "From: <sip:caller@example.net>;tag=" + id, "To: <sip:user@example.com>", "Call-ID: " + id + ".torture",
                "CSeq: 8 " + method, "Contact: <sip:caller@host5.example.net>"}) +
         extra;
}
std::string bare(const std::string& head) { return head + "Content-Length: 0\r\n\r\n"; }

// Where the RFC allows a receiver to be liberal (lwsstart, trws, escruri, badaspec, three colons) we are. Of a start line that Sofia-SIP
// cannot read (intmeth, lwsruri, ipv6-bad) and a Via of another version (badvers over UDP) nothing is known that could be answered to:
// silence.
void add_valid(std::vector<TortureMessage>& all) {
  all.push_back(
      {"wsinv", "3.1.1.1",
       with_body("INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
                 "TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
                 "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n"
                 "MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\n"
                 "cseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /@T@\r\n    192.0.2.2;rport;branch=390skdjuw\r\ns :\r\n"
                 "NewFangledHeader:   newfangled value\r\n continued newfangled value\r\nUnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
                 "Content-Type: application/sdp\r\nRoute:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
                 "v:  SIP  / 2.0  / @T@     192.0.2.2  ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / @T@  192.168.255.111   ; "
                 "branch=\r\n z9hG4bK30239\r\nm:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n"
                 "  secondparam ; q = 0.33\r\n"),
       481, 481});  // its To tag names a dialog that nobody has
  all.push_back(
      {"intmeth", "3.1.1.2",
       bare(
           "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too."
           "(doesn't-it)@example.com SIP/2.0\r\nVia: SIP/2.0/@T@ host1.example.com;rport;branch=z9hG4bK-.!%66*_+`'~\r\n"
           "To: \"BEL:\\\x07 NUL:\\\x01 DEL:\\\x7f\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>\r\n"
           "From: token1~` token2'+_ token3*%!.- "
           "<sip:mundane@example.com>;fromParam''~+*_!.-%=\"\xd1\x80\xd0\xb0\xd0\xb1\xd0\xbe\xd1\x82\"; "
           "tag=_token~1'+`*%!-.\r\nCall-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n"
           "CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\nMax-Forwards: 255\r\n"
           "extensionHeader-!.%*+_`'~:\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb\r\n"),
       0, -1});
  all.push_back(
      {"esc01", "3.1.1.3",
       with_body("INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\r\nTo: sip:%75se%72@example.com\r\n"
                 "From: <sip:I%20have%20spaces@example.net>;tag=938\r\nMax-Forwards: 87\r\ni: esc01.239409asdfakjkn23onasd0-3234\r\n"
                 "CSeq: 234234 INVITE\r\nVia: SIP/2.0/@T@ host5.example.net;rport;branch=z9hG4bKkdjuw\r\nC: application/sdp\r\n"
                 "Contact:\r\n  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>\r\n"),
       401, 401});
  all.push_back(
      {"escnull", "3.1.1.4",
       "REGISTER sip:example.com SIP/2.0\r\nTo: sip:null-%00-null@example.com\r\nFrom: sip:null-%00-null@example.com;tag=839923423\r\n"
       "Max-Forwards: 70\r\nCall-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd\r\nCSeq: 14398234 REGISTER\r\n"
       "Via: SIP/2.0/@T@ host5.example.com;rport;branch=z9hG4bKkdjuw\r\nContact: <sip:%00@host5.example.com>\r\n"
       "Contact: <sip:%00%00@host5.example.com>\r\nL:0\r\n\r\n",
       401, 401});
  all.push_back(
      {"esc02", "3.1.1.5",
       "RE%47IST%45R sip:registrar.example.com SIP/2.0\r\nTo: \"%Z%45\" <sip:resource@example.com>\r\n"
       "From: \"%Z%45\" <sip:resource@example.com>;tag=f232jadfj23\r\nCall-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf\r\n"
       "Via: SIP/2.0/@T@ host.example.com;rport;branch=z9hG4bK209%fzsnel234\r\nCSeq: 29344 RE%47IST%45R\r\nMax-Forwards: 70\r\n"
       "Contact: <sip:alias1@host1.example.com>\r\nC%6Fntact: <sip:alias2@host2.example.com>\r\nContact: <sip:alias3@host3.example.com>\r\n"
       "l: 0\r\n\r\n",
       501, 501});
  all.push_back({"lwsdisp", "3.1.1.6",
                 "OPTIONS sip:user@example.com SIP/2.0\r\nTo: sip:user@example.com\r\nFrom: caller<sip:caller@example.com>;tag=323\r\n"
                 "Max-Forwards: 70\r\nCall-ID: lwsdisp.1234abcd@funky.example.com\r\nCSeq: 60 OPTIONS\r\n"
                 "Via: SIP/2.0/@T@ funky.example.com;rport;branch=z9hG4bKkdjuw\r\nl: 0\r\n\r\n",
                 200, 200});
  const std::string longest(1000, 'x');
  all.push_back(
      {"longreq", "3.1.1.7",
       with_body(common("INVITE", "sip:user@example.com", "longreq" + std::string(100, 'b'),
                        "Unknown-" + longest.substr(0, 300) + "-Name: unknown-" + longest + "-value; unknown-" + longest +
                            "-parameter-name = x\r\n" +
                            "Via: SIP/2.0/TCP sip33.example.com\r\nv: SIP/2.0/TCP sip32.example.com\r\nContent-Type: application/sdp\r\n")),
       401, 401});
  all.push_back({"dblreq", "3.1.1.8",
                 bare(common("REGISTER", "sip:example.com", "dblreq")) + bare(common("INVITE", "sip:joe@example.com", "dblreq2")), 401,
                 401});
  all.push_back({"semiuri", "3.1.1.9",
                 bare(common("OPTIONS", "sip:user;par=u%40example.net@example.com", "semiuri", "Accept: application/sdp\r\n")), 200, 200});
  all.push_back(
      {"transports", "3.1.1.10",
       bare(common(
           "OPTIONS", "sip:user@example.com", "transports",
           "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw\r\nVia: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf\r\n"
           "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj\r\nVia: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en\r\n"
           "Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee\r\n")),
       200, 200});
  static constexpr char kParts[] =
      "--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9cbec02ceef655\r\n"
      "Content-Type: application/octet-stream\r\n\r\n\x30\x82\x00\x52\xff";
  all.push_back(
      {"mpart01", "3.1.1.11",
       with_body(common("MESSAGE", "sip:kumiko@example.org", "mpart01", "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\r\n"),
                 std::string(std::begin(kParts), std::end(kParts) - 1) + "\r\n--7a9cbec02ceef655--\r\n"),
       401, 401});
  all.push_back({"unreason", "3.1.1.12",
                 bare("SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe \xd1\x81\xd1\x82\xd0\xbe\r\nVia: SIP/2.0/@T@ "
                      "192.0.2.198;rport;branch=z9hG4bK1324923\r\n"
                      "Call-ID: unreason.1234ksdfak3j2erwedfsASdf\r\nCSeq: 35 INVITE\r\nFrom: sip:user@example.com;tag=11141343\r\n"
                      "To: sip:user@example.edu;tag=2229\r\nContact: <sip:user@host198.example.com>\r\n"),
                 0, 0});
  all.push_back(
      {"noreason", "3.1.1.13",
       bare("SIP/2.0 100 \r\nVia: SIP/2.0/@T@ 192.0.2.105;rport;branch=z9hG4bK2398ndaoe\r\nCall-ID: noreason.asndj203insdf99223ndf\r\n"
            "CSeq: 35 INVITE\r\nFrom: <sip:user@example.com>;tag=39ansfi3\r\nTo: <sip:user@example.edu>;tag=902jndnke3\r\n"
            "Contact: <sip:user@host105.example.com>\r\n"),
       0, 0});
}

void add_invalid(std::vector<TortureMessage>& all) {
  const auto bent = [](const std::string& text, const std::string& what, const std::string& instead) {
    std::string out = text;
    return out.replace(out.find(what), what.size(), instead);
  };
  const std::string invite = bare(common("INVITE", "sip:user@example.com", "bent"));
  all.push_back({"badinv01", "3.1.2.1",
                 bent(bent(invite, "From:", "X-From:"), "Contact: <sip:caller@host5.example.net>",
                      "From: <sip:caller@example.net>;;,;,,;tag=134161461246\r\nContact: \"Joe\" <sip:joe@example.org>;;;;"),
                 400, 400});
  all.push_back({"clerr", "3.1.2.2",
                 bent(with_body(common("INVITE", "sip:user@example.com", "clerr", "Content-Type: application/sdp\r\n")),
                      "Content-Length: 1", "Content-Length: 9991"),
                 400, -1});
  all.push_back({"ncl", "3.1.2.3", bent(invite, "Content-Length: 0", "Content-Length: -999"), 400, -1});
  all.push_back({"scalar02", "3.1.2.4",
                 bent(bent(bare(common("REGISTER", "sip:example.com", "scalar02", "Expires: 10000000000000000000000000000000\r\n")),
                           "CSeq: 8 ", "CSeq: 36893488147419103232 "),
                      "Max-Forwards: 70", "Max-Forwards: 300"),
                 400, 400});
  all.push_back(
      {"scalarlg", "3.1.2.5",
       bare("SIP/2.0 503 Service Unavailable\r\nVia: SIP/2.0/@T@ 192.0.2.1;rport;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129\r\n"
            "To: <sip:user@example.com>\r\nFrom: <sip:other@example.net>;tag=2easdjfejw\r\nCSeq: 9292394834772304023312 OPTIONS\r\n"
            "Call-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r\r\nRetry-After: 949302838503028349304023988\r\n"
            "Warning: 1812 overture \"In Progress\"\r\n"),
       0, 0});
  all.push_back({"quotbal", "3.1.2.6", bent(invite, "To: <sip:user@example.com>", "To: \"Mr. J. User <sip:j.user@example.com>"), 400, 400});
  all.push_back({"ltgtruri", "3.1.2.7", bent(invite, "INVITE sip:user@example.com ", "INVITE <sip:user@example.com> "), 400, 400});
  all.push_back({"lwsruri", "3.1.2.8", bent(invite, "INVITE sip:user@example.com ", "INVITE sip:user@example.com; lr "), 400, 400});
  all.push_back({"lwsstart", "3.1.2.9", bent(invite, "INVITE sip:user@example.com SIP", "INVITE  sip:user@example.com  SIP"), 401, 401});
  all.push_back(
      {"trws", "3.1.2.10", bent(bare(common("OPTIONS", "sip:user@example.com", "trws")), "SIP/2.0\r\n", "SIP/2.0  \r\n"), 200, 200});
  all.push_back({"escruri", "3.1.2.11",
                 bent(invite, "INVITE sip:user@example.com ", "INVITE sip:user@example.com?Route=%3Csip:example.com%3E "), 401, 401});
  all.push_back({"baddate", "3.1.2.12",
                 bare(common("INVITE", "sip:user@example.com", "baddate", "Date: Fri, 01 Jan 2010 16:00:00 EST\r\n")), 401, 401});
  all.push_back({"regbadct", "3.1.2.13",
                 bent(bare(common("REGISTER", "sip:example.com", "regbadct")), "<sip:caller@host5.example.net>",
                      "sip:user@example.com?Route=%3Csip:sip.example.com%3E"),
                 400, 400});
  all.push_back({"badaspec", "3.1.2.14",
                 bent(bare(common("OPTIONS", "sip:user@example.org", "badaspec")), "To: <sip:user@example.com>",
                      "To: \"Watson, Thomas\" < sip:t.watson@example.org >"),
                 200, 200});
  all.push_back({"baddn", "3.1.2.15",
                 bent(bare(common("OPTIONS", "sip:user@example.com", "baddn")), "From: <sip:caller@example.net>",
                      "From: Bell, Alexander <sip:a.g.bell@example.com>"),
                 400, 400});
  all.push_back(
      {"badvers", "3.1.2.16",
       bent(bent(bare(common("OPTIONS", "sip:user@example.com", "badvers")), "SIP/2.0\r\n", "SIP/7.0\r\n"), "SIP/2.0/@T@", "SIP/7.0/@T@"),
       0, 505});
  all.push_back(
      {"mismatch01", "3.1.2.17", bent(bare(common("OPTIONS", "sip:user@example.com", "mismatch01")), "8 OPTIONS", "8 INVITE"), 400, 400});
  all.push_back({"mismatch02", "3.1.2.18", bent(bare(common("NEWMETHOD", "sip:user@example.com", "mismatch02")), "8 NEWMETHOD", "8 INVITE"),
                 400, 400});
  all.push_back({"bigcode", "3.1.2.19",
                 bare("SIP/2.0 4294967301 better not break the receiver\r\nVia: SIP/2.0/@T@ 192.0.2.105;rport;branch=z9hG4bK2398ndaoe\r\n"
                      "Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i\r\nCSeq: 353494 INVITE\r\nFrom: "
                      "<sip:user@example.com>;tag=39ansfi3\r\n"
                      "To: <sip:user@example.edu>;tag=902jndnke3\r\nContact: <sip:user@host105.example.com>\r\n"),
                 0, -1});
}

void add_semantics(std::vector<TortureMessage>& all) {
  const auto bent = [](std::string text, const std::string& what, const std::string& instead) {
    return text.replace(text.find(what), what.size(), instead);
  };
  all.push_back({"badbranch", "3.2.1", bent(bare(common("OPTIONS", "sip:user@example.com", "")), "tag=", "tag=33242"), 200, 200});
  all.push_back(
      {"insuf", "3.3.1",
       "INVITE sip:user@example.com SIP/2.0\r\nCSeq: 193942 INVITE\r\nVia: SIP/2.0/@T@ 192.0.2.95;rport;branch=z9hG4bKkdj.insuf\r\n"
       "Content-Type: application/sdp\r\nl: 0\r\n\r\n",
       400, 400});
  all.push_back({"unkscm", "3.3.2", bare(common("OPTIONS", "nobodyKnowsThisScheme:totallyopaquecontent", "unkscm")), 416, 416});
  all.push_back({"novelsc", "3.3.3", bare(common("OPTIONS", "soap.beep://192.0.2.103:3002", "novelsc")), 416, 416});
  all.push_back({"unksm2", "3.3.4",
                 bent(bare(common("REGISTER", "sip:example.com", "unksm2")), "To: <sip:user@example.com>", "To: <isbn:2983792873>"), 401,
                 401});
  all.push_back({"bext01", "3.3.5",
                 bare(common("OPTIONS", "sip:user@example.com", "bext01",
                             "Proxy-Require: nothingSupportsThis, nothingSupportsThisEither\r\n"
                             "Require: nothingSupportsThis, nothingSupportsThisEither\r\n")),
                 420, 420});
  all.push_back({"invut", "3.3.6",
                 with_body(common("INVITE", "sip:user@example.com", "invut", "Content-Type: application/unknownformat\r\n"),
                           "<audio>\r\n <pcmu port=\"443\"/>\r\n</audio>\r\n"),
                 415, 415});
  all.push_back({"regaut01", "3.3.7",
                 bare(common("REGISTER", "sip:example.com", "regaut01", "Authorization: NoOneKnowsThisScheme opaque-data=here\r\n")), 401,
                 401});
  all.push_back({"multi01", "3.3.8",
                 bare(common("INVITE", "sip:user@company.com", "multi01",
                             "CSeq: 59 INVITE\r\nMax-Forwards: 5\r\nFrom: <sip:other@example.net>;tag=dup\r\n"
                             "To: <sip:another@example.com>\r\nCall-ID: another.torture\r\n")),
                 400, 400});
  all.push_back({"mcl01", "3.3.9",
                 with_body(common("OPTIONS", "sip:user@example.com", "mcl01", "Content-Length: 13\r\n"),
                           "There's no way to know how many octets are here"),
                 400, -1});
  all.push_back({"bcast", "3.3.10",
                 bare("SIP/2.0 200 OK\r\nVia: SIP/2.0/@T@ 192.0.2.198;branch=z9hG4bK1324923\r\nVia: SIP/2.0/UDP "
                      "255.255.255.255;branch=z9hG4bK1saber23\r\n"
                      "Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf\r\nCSeq: 35 INVITE\r\nFrom: sip:user@example.com;tag=11141343\r\n"
                      "To: sip:user@example.edu;tag=2229\r\nContact: <sip:user@host28.example.com>\r\n"),
                 0, 0});
  all.push_back({"zeromf", "3.3.11", bent(bare(common("OPTIONS", "sip:user@example.com", "zeromf")), "Max-Forwards: 70", "Max-Forwards: 0"),
                 200, 200});
  all.push_back({"cparam01", "3.3.12",
                 bent(bare(common("REGISTER", "sip:example.com", "cparam01")), "<sip:caller@host5.example.net>",
                      "sip:+19725552222@gw1.example.net;unknownparam"),
                 401, 401});
  all.push_back({"cparam02", "3.3.13",
                 bent(bare(common("REGISTER", "sip:example.com", "cparam02")), "<sip:caller@host5.example.net>",
                      "<sip:+19725552222@gw1.example.net;unknownparam>"),
                 401, 401});
  all.push_back({"regescrt", "3.3.14",
                 bent(bare(common("REGISTER", "sip:example.com", "regescrt")), "<sip:caller@host5.example.net>",
                      "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"),
                 401, 401});
  all.push_back(
      {"sdp01", "3.3.15",
       with_body(common("INVITE", "sip:user@example.com", "sdp01", "Accept: text/nobodyKnowsThis\r\nContent-Type: application/sdp\r\n")),
       401, 401});
  all.push_back(
      {"inv2543", "3.4.1",
       with_body("INVITE sip:UserB@example.com SIP/2.0\r\nVia: SIP/2.0/@T@ iftgw.example.com;rport\r\nFrom: "
                 "<sip:+13035551111@ift.client.example.net;user=phone>\r\n"
                 "Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>\r\nTo: sip:+16505552222@ss1.example.net;user=phone\r\n"
                 "Call-ID: inv2543.1717@ift.client.example.com\r\nCSeq: 56 INVITE\r\nContent-Type: application/sdp\r\n"),
       400, 400});
}

void add_ipv6(std::vector<TortureMessage>& all) {
  const auto from_v6 = [](const std::string& name, const std::string& uri, const std::string& host, const std::string& extra) {
    return bare(
        lines({"REGISTER " + uri + " SIP/2.0", "To: sip:user@example.com", "From: sip:user@example.com;tag=81x2",
               "Via: SIP/2.0/@T@ " + host + ";rport;branch=z9hG4bKas3-" + name, "Call-ID: " + name + ".SSG9559905523997077@hlau_4100",
               "Max-Forwards: 70", "Contact: \"Caller\" <sip:caller@[2001:db8::1]>", "CSeq: 98176 REGISTER"}) +
        extra);
  };
  all.push_back({"ipv6-good", "5118 4.1", from_v6("good", "sip:[2001:db8::10]", "[2001:db8::9:1]", ""), 401, 401});
  all.push_back({"ipv6-bad", "5118 4.2", from_v6("bad", "sip:2001:db8::10", "[2001:db8::9:1]", ""), 400, 400});
  all.push_back({"port-ambiguous", "5118 4.3", from_v6("ambiguous", "sip:[2001:db8::10:5070]", "[2001:db8::9:1]", ""), 401, 401});
  all.push_back({"port-unambiguous", "5118 4.4", from_v6("unambiguous", "sip:[2001:db8::10]:5070", "[2001:db8::9:1]", ""), 401, 401});
  all.push_back({"via-received-param-with-delim", "5118 4.5",
                 from_v6("received1", "sip:[2001:db8::10]", "[2001:db8::9:1];received=[2001:db8::9:255]", ""), 401, 401});
  all.push_back({"via-received-param-no-delim", "5118 4.5",
                 from_v6("received2", "sip:[2001:db8::10]", "[2001:db8::9:1];received=2001:db8::9:255", ""), 401, 401});
  all.push_back(
      {"ipv6-in-sdp", "5118 4.6",
       with_body(common("INVITE", "sip:user@[2001:db8::10]", "v6sdp", "Content-Type: application/sdp\r\n"),
                 "v=0\r\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\r\ns=Live video feed for today's meeting\r\nc=IN IP6 "
                 "2001:db8::20\r\nt=3338481189 3370017201\r\n"
                 "m=audio 6000 RTP/AVP 2\r\na=rtpmap:2 G726-32/8000\r\nm=video 6024 RTP/AVP 107\r\na=rtpmap:107 H263-1998/90000\r\n"),
       401, 401});
  all.push_back({"mult-ip-in-header", "5118 4.7",
                 from_v6("multi", "sip:[2001:db8::10]", "[2001:db8::9:1];received=[2001:db8::9:255]",
                         "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKas4\r\n"),
                 401, 401});
  all.push_back({"mult-ip-in-sdp", "5118 4.8",
                 with_body(common("INVITE", "sip:user@[2001:db8::10]", "v6multi", "Content-Type: application/sdp\r\n"),
                           "v=0\r\no=bob 280744730 28977631 IN IP4 host.example.com\r\ns=\r\nt=0 0\r\nm=audio 22334 RTP/AVP 0\r\nc=IN IP4 "
                           "192.0.2.1\r\nm=video 6024 RTP/AVP 107\r\n"
                           "c=IN IP6 2001:db8::1\r\na=rtpmap:107 H263-1998/90000\r\n"),
                 401, 401});
  all.push_back({"ipv4-mapped-ipv6", "5118 4.9", from_v6("mapped", "sip:[::ffff:192.0.2.10]:19823", "[::ffff:192.0.2.2]", ""), 401, 401});
  all.push_back({"ipv6-bug-abnf-3-colons", "5118 4.10", from_v6("colons", "sip:[2001:db8:::192.0.2.1]", "[2001:db8::9:1]", ""), 401, 401});
}

}  // namespace

std::vector<TortureMessage> torture_messages() {
  std::vector<TortureMessage> all;
  add_valid(all);
  add_invalid(all);
  add_semantics(all);
  add_ipv6(all);
  return all;
}

}  // namespace tandem::test
