"""The help of the command line."""


def test_examples_stand_each_on_a_line(cli):
    lines = cli("--help").out.splitlines()

    assert "  variance sweep --seeds 30" in lines
    assert "  variance compare baseline candidate" in lines


def test_no_summary_of_a_command_is_cut_off(cli):
    assert "..." not in cli("--help").out.partition("Commands:")[2]


def test_commands_come_in_the_order_of_use(cli):
    commands = cli("--help").out.partition("Commands:")[2].split()

    assert commands.index("sweep") < commands.index("compare") < commands.index("data")
