// Bytes of a connection, in whatever pieces: the same requests, answers and rest as in one piece.
#include "geo/error.hpp"
#include "server/http/limits.hpp"
#include "server/http/problem.hpp"
#include "server/http/request_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace keyaki;
using namespace keyaki::server::http;
using Step = RequestParser::Step;

struct Parsed {
    std::string method;
    std::string target;
    std::string body;
    std::size_t fields = 0;
    int refused_with = 0;
    bool keeps_alive = false;
    bool target_is_wrong = false;

    friend bool operator==(const Parsed &, const Parsed &) = default;
};

Parsed take(RequestParser &parser, Step step) {
    Request &request = parser.request();
    Parsed parsed{request.method_text, request.target, {}, request.headers.size(), 0, false, false};
    if (step == Step::refused) {
        parsed.refused_with = parser.refusal().status;
        KEYAKI_FUZZ_REQUIRE(parsed.refused_with >= 400 && parsed.refused_with < 600);
        KEYAKI_FUZZ_REQUIRE(!problem(parsed.refused_with, {}, parser.refusal().detail).text().empty());
        return {{}, {}, {}, 0, parsed.refused_with, false, false}; // how much of a refused request was seen depends on its pieces
    }
    KEYAKI_FUZZ_REQUIRE(request.target.size() <= limits::target_bytes && request.headers.size() <= limits::header_count);
    parsed.body = request.body;
    parsed.keeps_alive = parser.keeps_alive();
    try {
        parse_target(request);
    } catch (const geo::Error &error) {
        parsed.target_is_wrong = true;
        KEYAKI_FUZZ_REQUIRE(problem_of(error).status == 400);
    }
    return parsed;
}

/// Every request of a connection until one is refused, does not keep it alive, or the bytes end.
std::vector<Parsed> requests_of(std::string_view bytes, std::size_t body_limit, const std::function<std::size_t()> &next_piece) {
    std::vector<Parsed> requests;
    std::string unread;
    RequestParser parser;
    for (;;) {
        std::size_t consumed = 0;
        const Step step = parser.advance(unread, consumed);
        KEYAKI_FUZZ_REQUIRE(consumed <= unread.size());
        unread.erase(0, consumed);
        KEYAKI_FUZZ_REQUIRE(parser.body_bytes() <= body_limit);
        if (step == Step::head_complete) {
            parser.limit_body(body_limit);
        } else if (step == Step::need_more) {
            if (bytes.empty()) {
                return requests;
            }
            const std::string_view piece = bytes.substr(0, next_piece());
            unread += piece;
            bytes.remove_prefix(piece.size());
        } else {
            requests.push_back(take(parser, step));
            if (step == Step::refused || !requests.back().keeps_alive) {
                return requests;
            }
            parser = RequestParser();
        }
    }
}

/// The same requests. Where the bytes end, one may have refused what the other still waits for the end of: the parser looks at a chunk's head when
/// five bytes of it are there.
bool agree(std::vector<Parsed> a, std::vector<Parsed> b) {
    std::vector<Parsed> &longer = a.size() > b.size() ? a : b;
    const std::size_t shorter_size = std::min(a.size(), b.size());
    if (longer.size() == shorter_size + 1 && longer.back().refused_with != 0) {
        longer.pop_back();
    }
    return a == b;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    keyaki::test::FuzzInput input(data, size);
    const std::size_t body_limit = std::size_t{input.number()} * 16;
    keyaki::test::Pieces pieces(input.number());
    const auto whole = requests_of(input.rest(), body_limit, [] { return std::string_view::npos; });
    const auto in_pieces = requests_of(input.rest(), body_limit, [&] { return pieces.next(); });
    KEYAKI_FUZZ_REQUIRE(agree(whole, in_pieces));
    return 0;
}
