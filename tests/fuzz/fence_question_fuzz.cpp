// Bodies of POST /collections/{layer}/fences: read, or refused with an answer that can be written; what is read keeps the limits and can be looked
// up.
#include "geo/error.hpp"
#include "geo/fence_index.hpp"
#include "server/flows/fence_question.hpp"
#include "server/http/problem.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace keyaki;
using namespace keyaki::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const geo::FenceIndex index({{geo::Fence::circle({139.5, 35.8}, 50), geo::Fence::circle({179.99, 84}, 40'000)}});
    const std::string_view body = keyaki::test::FuzzInput(data, size).rest();
    try {
        const FenceQuestion question = parse_fence_question(body);
        KEYAKI_FUZZ_REQUIRE(!question.positions.empty() && question.positions.size() <= max_asked_positions);
        KEYAKI_FUZZ_REQUIRE(question.at_least >= geo::FenceIndex::min_floor && question.at_least <= 1);
        std::vector<geo::FenceShare> found;
        for (const FenceQuestion::Asked &asked : question.positions) {
            KEYAKI_FUZZ_REQUIRE(geo::is_on_earth(asked.position));
            KEYAKI_FUZZ_REQUIRE(asked.sigma_m >= 8 && asked.sigma_m <= geo::FenceIndex::max_sigma_m);
            index.find(asked.position, asked.sigma_m, question.at_least, found);
            for (const geo::FenceShare share : found) {
                KEYAKI_FUZZ_REQUIRE(share.probability > 0 && share.probability <= 1);
            }
        }
    } catch (const FieldErrors &errors) {
        KEYAKI_FUZZ_REQUIRE(!errors.errors().empty());
    } catch (const geo::Error &error) {
        KEYAKI_FUZZ_REQUIRE(http::problem_of(error).status == 400);
    }
    return 0;
}
