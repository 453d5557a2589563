module notafter.example/bench

go 1.25
