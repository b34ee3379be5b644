// Configurations of rallies: what is read keeps every rule that the decision relies on, and its canonical text is the same rally again.
#include "geo/error.hpp"
#include "server/http/problem.hpp"
#include "server/json_reader.hpp"
#include "server/rally/rally.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <cmath>

using namespace keyaki;
using namespace keyaki::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text = keyaki::test::FuzzInput(data, size).rest();
    try {
        const rally::Rally read = rally::parse_rally(text);
        KEYAKI_FUZZ_REQUIRE(!read.id.empty() && !read.spots.layer.empty());
        KEYAKI_FUZZ_REQUIRE(read.starts_us <= read.ends_us && read.budget >= 0 && read.spots.points >= 0);
        KEYAKI_FUZZ_REQUIRE(std::isfinite(read.spots.radius_m) && read.spots.radius_m > 0);
        KEYAKI_FUZZ_REQUIRE(!rally::period_key(read.spots.per, read.starts_us).empty());
        for (const rally::Course &course : read.courses) {
            KEYAKI_FUZZ_REQUIRE(course.needed >= 1 && course.needed <= course.spots.size());
        }
        for (const rally::Question &question : read.questions) {
            KEYAKI_FUZZ_REQUIRE(!question.answers.empty());
        }
        KEYAKI_FUZZ_REQUIRE(!rally::expiry_us(read, read.starts_us) || *rally::expiry_us(read, read.starts_us) > read.starts_us);
        const std::string canonical = rally::canonical_rally_json(text);
        KEYAKI_FUZZ_REQUIRE(rally::canonical_rally_json(canonical) == canonical);
        const rally::Rally again = rally::parse_rally(canonical);
        KEYAKI_FUZZ_REQUIRE(again.id == read.id && again.starts_us == read.starts_us && again.ends_us == read.ends_us);
        KEYAKI_FUZZ_REQUIRE(again.budget == read.budget && again.spots.radius_m == read.spots.radius_m && again.title_ja == read.title_ja);
    } catch (const FieldErrors &errors) {
        KEYAKI_FUZZ_REQUIRE(!errors.errors().empty());
    } catch (const geo::Error &error) {
        KEYAKI_FUZZ_REQUIRE(http::problem_of(error).status == 400);
    }
    return 0;
}
