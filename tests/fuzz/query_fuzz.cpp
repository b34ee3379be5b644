// Parameters of queries. The last byte chooses which: bbox, limit, datetime, or a timestamp.
#include "geo/error.hpp"
#include "server/datetime.hpp"
#include "server/features/crs.hpp"
#include "server/http/problem.hpp"
#include "server/http/request.hpp"
#include "server/query.hpp"
#include "server/time.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace keyaki;
using namespace keyaki::server;

void try_bbox(std::string_view text) {
    const auto boxes = parse_bbox(text, crs84()).boxes;
    KEYAKI_FUZZ_REQUIRE(boxes.size() == 1 || boxes.size() == 2);
    for (const geo::LonLatBox &box : boxes) {
        KEYAKI_FUZZ_REQUIRE(!box.empty() && geo::is_on_earth({box.west_deg, box.south_deg}) && geo::is_on_earth({box.east_deg, box.north_deg}));
    }
}

void try_limit(std::string_view text) {
    const std::int64_t limit = parse_limit(text, 10'000);
    KEYAKI_FUZZ_REQUIRE(limit >= 1 && limit <= 10'000);
}

void try_time(std::string_view text) {
    const auto time = parse_rfc3339_us(text);
    if (time) {
        const std::string whole = format_rfc3339(*time);
        const auto again = parse_rfc3339_us(whole);
        KEYAKI_FUZZ_REQUIRE(again.has_value() && *again <= *time && *time - *again < 1'000'000);
        const auto in_japan = parse_rfc3339_us(format_rfc3339_jst(*time));
        KEYAKI_FUZZ_REQUIRE(!in_japan || *in_japan == *again); // the last hours of 9999 are beyond 9999 in Japan
        KEYAKI_FUZZ_REQUIRE(jst_day_start_us(*time) <= *time && *time - jst_day_start_us(*time) < day_us);
    }
}

void try_percent(std::string_view text) {
    const auto decoded = http::percent_decode(text, false);
    KEYAKI_FUZZ_REQUIRE(http::percent_decode(http::percent_encode(text), false) == std::string(text));
    KEYAKI_FUZZ_REQUIRE(!decoded || decoded->size() <= text.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    keyaki::test::FuzzInput input(data, size);
    const std::uint8_t choice = input.number();
    try {
        switch (choice % 5) {
        case 0: try_bbox(input.rest()); break;
        case 1: try_limit(input.rest()); break;
        case 2: (void)parse_datetime(input.rest()); break;
        case 3: try_time(input.rest()); break;
        default: try_percent(input.rest()); break;
        }
    } catch (const geo::Error &error) {
        const auto answer = http::problem_of(error);
        KEYAKI_FUZZ_REQUIRE(answer.status == 400 && !answer.text().empty());
    }
    return 0;
}
