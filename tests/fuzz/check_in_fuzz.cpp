// Bodies of POST /checkins: read, or refused with an answer that can be written; what is read keeps the limits.
#include "geo/error.hpp"
#include "server/flows/check_in.hpp"
#include "server/http/problem.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace keyaki;
using namespace keyaki::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view body = keyaki::test::FuzzInput(data, size).rest();
    try {
        const CheckInRequest request = parse_check_in(body);
        KEYAKI_FUZZ_REQUIRE((!request.fixes.empty() || request.staff) && request.fixes.size() <= max_fixes);
        for (const geo::Fix &fix : request.plain_fixes()) {
            KEYAKI_FUZZ_REQUIRE(geo::is_on_earth(fix.position));
        }
        KEYAKI_FUZZ_REQUIRE(rally::bundle_hashes(request.fixes) == rally::bundle_hashes(request.fixes));
        KEYAKI_FUZZ_REQUIRE(request.run.empty() || !request.course.empty());
        KEYAKI_FUZZ_REQUIRE(!request.member.empty() && request.member.size() <= 64);
        KEYAKI_FUZZ_REQUIRE(request.body_hash == parse_check_in("\n " + std::string(body) + "\t").body_hash);
    } catch (const FieldErrors &errors) {
        KEYAKI_FUZZ_REQUIRE(!errors.errors().empty());
        std::vector<http::ProblemError> list;
        for (const FieldError &error : errors.errors()) {
            list.push_back({error.pointer, error.detail});
        }
        KEYAKI_FUZZ_REQUIRE(http::problem(422, {}, errors.what(), {}, list).status == 422);
    } catch (const geo::Error &error) {
        KEYAKI_FUZZ_REQUIRE(http::problem_of(error).status == 400);
    }
    return 0;
}
