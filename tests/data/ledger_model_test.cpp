#include "data/ledger_store.hpp"
#include "tests/data/ledger_simulation.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace keyaki::data;
using namespace keyaki::test;

// Random operations against the reference model; the same for a million of them: tests/data/ledger_model_run.cpp.

TEST_CASE(
    "I1, I2, I3, I4, I5, I7, I11, I12, I13, I14, I15, I18, I19, I22: after each of 15,000 random operations the ledger is what the model says") {
    LedgerSimulation simulation(20260412);
    for (int done = 0; done < 15'000; done += 1'000) {
        Transaction transaction(simulation.connection());
        for (int i = 0; i < 1'000; ++i) {
            simulation.step();
        }
        transaction.commit();
        simulation.audit();
    }
    // The run is worth something only when it came everywhere.
    for (int value = 0; value <= static_cast<int>(TransferOutcome::overflows); ++value) {
        const std::string name = "transfer " + std::string(transfer_outcome_name(static_cast<TransferOutcome>(value)));
        CAPTURE(name);
        CHECK(simulation.outcomes().count(name) == 1);
    }
    for (int value = 0; value < static_cast<int>(EndOutcome::overflows); ++value) {
        const std::string name = "end " + std::string(end_outcome_name(static_cast<EndOutcome>(value)));
        CAPTURE(name);
        CHECK(simulation.outcomes().count(name) == 1);
    }
    for (int value = 0; value < static_cast<int>(ReverseOutcome::overflows); ++value) {
        const std::string name = "reverse " + std::string(reverse_outcome_name(static_cast<ReverseOutcome>(value)));
        CAPTURE(name);
        CHECK(simulation.outcomes().count(name) == 1);
    }
    CHECK(simulation.outcomes().count("due something") == 1);
}
